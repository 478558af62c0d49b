#include "dataset/import.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/label_files.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string guess_format(const fs::path& source) {
  const std::string labelled = recognised_label_format(source);
  if (fs::is_regular_file(source))
    return !labelled.empty() ? labelled : to_lower(source.extension().string()) == ".json" ? "coco" : "csv";
  if (fs::exists(source / "bus_data.csv")) return "busbra";
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(source, code))
    if (entry.is_directory() && fs::exists(entry.path() / "bus_data.csv")) return "busbra";
  if (fs::exists(source / "benign") && fs::exists(source / "malignant") &&
      fs::exists(source / "benign" / "benign (1)_mask.png"))
    return "busi";
  return labelled.empty() ? "folders" : labelled;
}

void keep_only(Imported& imported, const std::vector<std::string>& only_ids) {
  if (only_ids.empty()) return;
  const std::set<std::string> wanted(only_ids.begin(), only_ids.end());
  std::erase_if(imported.manifest.samples, [&](const Sample& sample) { return !wanted.count(sample.id); });
  for (const std::string& id : wanted)
    if (imported.manifest.find(id) < 0)
      imported.report.problems.push_back(id + ": named in the list, but not in the data");
}

void find_ultrasound_regions(Imported& imported) {
  for (Sample& sample : imported.manifest.samples) {
    const Image image = read_image(imported.manifest.image_path(sample));
    const Box region = ultrasound_region(image);
    if (region.width() < static_cast<double>(image.width) || region.height() < static_cast<double>(image.height)) {
      sample.crop = region;
      imported.report.notes.push_back(sample.id + ": cropped to the ultrasound region");
    }
  }
}

}  // namespace

std::vector<fs::path> image_files(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.is_regular_file() && has_image_extension(entry.path())) files.push_back(entry.path());
  if (code) throw DataError({folder.string(), "no readable folder (" + code.message() + ")", "a folder of images", ""});
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> masks_beside(const fs::path& image) {
  std::vector<fs::path> masks;
  for (const char* extension : {".png", ".PNG", ".bmp", ".tif", ".jpg"}) {
    const auto named = [&](const std::string& ending) {
      return image.parent_path() / (image.stem().string() + ending + extension);
    };
    if (fs::exists(named("_mask"))) masks.push_back(named("_mask"));
    for (int number = 1; fs::exists(named("_mask_" + std::to_string(number))); ++number)
      masks.push_back(named("_mask_" + std::to_string(number)));
  }
  return masks;
}

std::string relative_to(const fs::path& file, const fs::path& folder) {
  return fs::absolute(file)
      .lexically_normal()
      .lexically_relative(fs::absolute(folder).lexically_normal())
      .generic_string();
}

std::optional<PictureSize> probe_size(const fs::path& file, ImportReport& report) {
  try {
    const InputLimits& limits = input_limits();
    const ImageHeader header =
        probe_image(read_file(file, static_cast<std::uint64_t>(limits.image_bytes)), file.string(), limits);
    return PictureSize{header.height, header.width};
  } catch (const Error& error) {
    report.problems.emplace_back(error.what());
    return std::nullopt;
  }
}

void attach_masks(Sample& sample, const PictureSize& size, const std::vector<fs::path>& masks, const fs::path& folder,
                  ImportReport& report) {
  std::vector<std::string> fitting;
  for (const fs::path& mask : masks) {
    const auto mask_size = probe_size(mask, report);
    if (!mask_size) continue;
    if (mask_size->height != size.height || mask_size->width != size.width) {
      report.problems.push_back(
          Problem{mask.string(),
                  "a mask of " + std::to_string(mask_size->width) + " x " + std::to_string(mask_size->height) + " px",
                  std::to_string(size.width) + " x " + std::to_string(size.height) + " px as its image",
                  "the image is imported without location"}
              .line());
      continue;
    }
    fitting.push_back(relative_to(mask, folder));
  }
  // One of several masks missing would teach that a lesion is background.
  if (fitting.size() != masks.size() || masks.empty()) return;
  sample.masks = fitting;
  sample.boxes.clear();
  sample.location = Location::kMask;
  if (masks.size() > 1) report.notes.push_back(sample.id + ": " + std::to_string(masks.size()) + " masks united");
}

Imported import_dataset(const ImportOptions& options) {
  require_one_of("--format", options.format,
                 {"auto", "busi", "busbra", "folders", "csv", "coco", "yolo", "labelme", "voc", "cvat", "label_studio",
                  "via", "video"});
  if (options.subset_lists.empty() && !fs::exists(options.source))
    throw DataError({options.source.string(), "nothing there", "a folder of images or a CSV list", ""});
  const std::string format = options.format != "auto"        ? options.format
                             : !options.subset_lists.empty() ? "csv"
                                                             : guess_format(options.source);
  using Importer = Imported (*)(const ImportOptions&);
  const std::array<std::pair<const char*, Importer>, 12> importers = {{{"busi", import_busi},
                                                                       {"busbra", import_busbra},
                                                                       {"folders", import_folders},
                                                                       {"csv", import_csv},
                                                                       {"coco", import_coco},
                                                                       {"yolo", import_yolo},
                                                                       {"labelme", import_labelme},
                                                                       {"voc", import_voc},
                                                                       {"cvat", import_cvat},
                                                                       {"label_studio", import_label_studio},
                                                                       {"via", import_via},
                                                                       {"video", import_video}}};
  Imported imported;
  for (const auto& [name, importer] : importers)
    if (format == name) imported = importer(options);
  keep_only(imported, options.only_ids);
  if (imported.manifest.samples.empty()) {
    const std::string first = imported.report.problems.empty() ? "" : imported.report.problems.front();
    throw DataError({options.source.string(), "no image that could be imported as " + format, "at least one", first});
  }
  if (options.crop_to_ultrasound) find_ultrasound_regions(imported);
  return imported;
}

}  // namespace lanet
