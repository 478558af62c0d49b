#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// CLASS/masks/NAME.* for CLASS/NAME.*
std::vector<fs::path> masks_in_folder(const fs::path& image) {
  for (const char* extension : {".png", ".bmp", ".tif", ".jpg"}) {
    const fs::path mask = image.parent_path() / "masks" / (image.stem().string() + extension);
    if (fs::exists(mask)) return {mask};
  }
  return {};
}

}  // namespace

// One folder a class; masks beside the images (NAME_mask.png) or in CLASS/masks/. A class named normal has empty masks.
Imported import_folders(const ImportOptions& options) {
  Imported imported;
  imported.manifest.folder = options.source;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(options.source))
    if (entry.is_directory() && entry.path().filename().string()[0] != '.') folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    for (const fs::path& file : image_files(folder)) {
      if (is_mask_name(file)) continue;
      const auto size = probe_size(file, imported.report);
      if (!size) continue;
      Sample sample;
      sample.class_name = folder.filename().string();
      sample.id = sample.class_name + "/" + file.stem().string();
      sample.image = relative_to(file, options.source);
      sample.source = options.source.filename().string();
      auto masks = masks_beside(file);
      if (masks.empty()) masks = masks_in_folder(file);
      if (!masks.empty())
        attach_masks(sample, *size, masks, options.source, imported.report);
      else if (to_lower(sample.class_name) == "normal")
        sample.location = Location::kEmpty;
      imported.manifest.samples.push_back(std::move(sample));
    }
  }
  return imported;
}

}  // namespace lanet
