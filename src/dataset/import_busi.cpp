#include "core/error.hpp"
#include "dataset/import_common.hpp"
#include "dataset/mask_names.hpp"
#include "image/codec.hpp"

namespace lanet {

// Al-Dhabyani et al. 2020: folders benign, malignant, normal; NAME.png with NAME_mask.png, NAME_mask_1.png ...
Imported import_busi(const ImportOptions& options) {
  Imported imported;
  imported.manifest.folder = options.source;
  for (const char* name : {"benign", "malignant", "normal"}) {
    if (!std::filesystem::exists(options.source / name)) {
      imported.report.notes.push_back((options.source / name).string() + ": not there, class left out");
      continue;
    }
    const MaskIndex masks(options.source / name, MaskIndex::Place::kBesideImages);
    std::vector<std::filesystem::path> files;
    try {
      files = image_files(options.source / name);
    } catch (const DataError& error) {
      imported.report.problems.emplace_back(error.what());
    }
    for (const auto& file : files) {
      if (is_named_as_mask(file)) continue;
      const auto size = probe_size(file, imported.report);
      if (!size) continue;
      Sample sample;
      sample.id = file.stem().string();
      sample.image = relative_to(file, options.source);
      sample.class_name = name;
      sample.source = "BUSI";
      if (sample.class_name == "normal") {
        sample.location = Location::kEmpty;
        doubt_masks_of_normal(masks.masks_of(file), imported.report);
      } else {
        attach_masks(sample, *size, masks.masks_of(file), options.source, imported.report, options.mask_values);
      }
      if (sample.location == Location::kNone)
        imported.report.notes.push_back(sample.id + ": no usable mask, imported without location");
      imported.manifest.samples.push_back(std::move(sample));
    }
  }
  imported.report.taken_for = "BUSI: classes by folders, masks beside the images";
  return imported;
}

}  // namespace lanet
