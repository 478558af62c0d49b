#include "dataset/import.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "dataset/import_checks.hpp"
#include "dataset/import_common.hpp"
#include "dataset/label_files.hpp"
#include "dicom/dicom_file.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string first_bytes(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return "";
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(4096, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  return bytes;
}

bool is_busbra(const fs::path& source) {
  std::error_code code, ignored;
  if (fs::exists(source / "bus_data.csv", ignored)) return true;
  for (const auto& entry : fs::directory_iterator(source, code))
    if (entry.is_directory(ignored) && fs::exists(entry.path() / "bus_data.csv", ignored)) return true;
  return false;
}

bool is_busuclm(const fs::path& source) {
  const std::string list = first_bytes(source / "INFO.csv");
  std::error_code ignored;
  return fs::is_directory(source / "images", ignored) && list.find("Doppler") != std::string::npos &&
         list.find("Label") != std::string::npos;
}

bool is_busi(const fs::path& source) {
  std::error_code ignored;  // a folder that may not be looked into
  return fs::exists(source / "benign" / "benign (1)_mask.png", ignored) && fs::exists(source / "malignant", ignored);
}

bool is_nnunet(const fs::path& source) {
  std::error_code ignored;
  return fs::is_directory(source / "imagesTr", ignored) &&
         (fs::exists(source / "dataset.json", ignored) || fs::is_directory(source / "labelsTr", ignored));
}

/// Whether the files of a source are of one kind and none of them is a picture.
template <class IsKind>
bool holds_only(const fs::path& source, const IsKind& is_kind) {
  bool found = false;
  for (const fs::path& file : walk_source(source).files) {
    if (is_hidden_name(file)) continue;
    if (has_image_extension(file) && file.parent_path() != source / "frames" &&
        file.parent_path().parent_path() != source / "frames")
      return false;
    found = found || is_kind(file);
  }
  return found;
}

bool is_video(const fs::path& source) { return fs::is_directory(source) && holds_only(source, has_video_extension); }
bool is_dicom_folder(const fs::path& source) { return fs::is_directory(source) && holds_only(source, is_dicom_file); }
bool is_folder(const fs::path& source) { return fs::is_directory(source); }

/// In the order in which a folder is tried for them. Formats of label files are recognised by their own parsers
/// (recognised_label_format), behind the data sets with a name and before folders of anything.
struct ImportFormat {
  const char* name;
  Imported (*import)(const ImportOptions&);
  bool (*recognises)(const fs::path& folder);  // null: a format of label files
  bool reads_labels;  // files of text beside the images: those that are not named as read are not worth a line
};
constexpr std::array kFormats = {
    ImportFormat{"busbra", import_busbra, is_busbra, true},
    ImportFormat{"busuclm", import_busuclm, is_busuclm, false},
    ImportFormat{"busi", import_busi, is_busi, false},
    ImportFormat{"nnunet", import_nnunet, is_nnunet, false},
    ImportFormat{"csv", import_csv, nullptr, true},
    ImportFormat{"coco", import_coco, nullptr, true},
    ImportFormat{"yolo", import_yolo, nullptr, true},
    ImportFormat{"labelme", import_labelme, nullptr, true},
    ImportFormat{"voc", import_voc, nullptr, true},
    ImportFormat{"cvat", import_cvat, nullptr, true},
    ImportFormat{"label_studio", import_label_studio, nullptr, true},
    ImportFormat{"via", import_via, nullptr, true},
    ImportFormat{"video", import_video, is_video, false},
    ImportFormat{"dicom", import_dicom, is_dicom_folder, false},
    ImportFormat{"folders", import_folders, is_folder, false},
};

void require_no_archive(const fs::path& source) {
  using namespace std::string_view_literals;
  const std::string start = first_bytes(source);
  for (const std::string_view archive : {"PK\x03\x04"sv, "PK\x05\x06"sv, "\x1F\x8B"sv})
    if (start.starts_with(archive))
      throw DataError(
          {source.string(), "an archive", "a folder of images or a CSV list", "unpack it, and name its folder"});
}

std::string guess_format(const fs::path& source) {
  const std::string labelled = recognised_label_format(source);
  if (fs::is_regular_file(source))
    return !labelled.empty() ? labelled : to_lower(source.extension().string()) == ".json" ? "coco" : "csv";
  for (const ImportFormat& format : kFormats) {
    if (format.recognises == nullptr && labelled == format.name) return format.name;
    if (format.recognises != nullptr && format.recognises(source)) return format.name;
  }
  return "folders";
}

const ImportFormat& chosen_format(const ImportOptions& options) {
  std::vector<std::string> names = {"auto"};
  for (const ImportFormat& format : kFormats) names.emplace_back(format.name);
  require_one_of("--format", options.format, names);
  std::string name = options.format;
  if (name == "auto" && !options.subset_lists.empty()) name = "csv";
  if (name == "auto" && (!options.images.empty() || !options.masks.empty())) name = "folders";
  if (name == "auto") name = guess_format(options.source);
  return *std::find_if(kFormats.begin(), kFormats.end(),
                       [&](const ImportFormat& format) { return name == format.name; });
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
  for (Sample& sample : imported.manifest.samples) try {
      const Image image = read_image(imported.manifest.image_path(sample));
      const Box region = ultrasound_region(image);
      if (region.width() < static_cast<double>(image.width) || region.height() < static_cast<double>(image.height)) {
        sample.crop = region;
        imported.report.notes.push_back(sample.id + ": cropped to the ultrasound region");
      }
    } catch (const Error& error) {
      imported.report.problems.emplace_back(error.what());
    }
}

/// A folder that the importer could not read has its line already.
void add_unless_named(const std::string& problem, ImportReport& report) {
  const std::string place = problem.substr(0, problem.find(": lanet found"));
  const bool named = std::any_of(report.problems.begin(), report.problems.end(),
                                 [&](const std::string& line) { return line.starts_with(place + ": lanet found"); });
  if (!named) report.problems.push_back(problem);
}

void add_mask_values_column(Manifest& manifest) {
  auto& columns = manifest.extra_columns;
  // An empty cell says that none were named: a new import does not keep those of the one before.
  bool used = false;
  for (Sample& sample : manifest.samples)
    used = !sample.extra.try_emplace(kMaskValuesColumn, "").first->second.empty() || used;
  if (used && std::find(columns.begin(), columns.end(), kMaskValuesColumn) == columns.end())
    columns.emplace_back(kMaskValuesColumn);
}

void require_folder(const char* option, const fs::path& folder) {
  if (!folder.empty() && !fs::is_directory(folder)) throw ConfigError({option, folder.string(), "a folder", ""});
}

/// --images and --masks may be named as they lie below the source.
fs::path below_source(const fs::path& source, const fs::path& folder) {
  return folder.empty() || fs::is_directory(folder) ? folder : source / folder;
}

}  // namespace

std::vector<std::string> import_formats() {
  std::vector<std::string> names;
  for (const ImportFormat& format : kFormats) names.emplace_back(format.name);
  return names;
}

Imported import_dataset(const ImportOptions& given) {
  ImportOptions options = given;
  options.images = below_source(options.source, options.images);
  options.masks = below_source(options.source, options.masks);
  require_folder("--images", options.images);
  require_folder("--masks", options.masks);
  if (options.subset_lists.empty() && !fs::exists(options.source))
    throw DataError({options.source.string(), "nothing there", "a folder of images or a CSV list", ""});
  require_no_archive(options.source);
  const ImportFormat& format = chosen_format(options);
  Imported imported = format.import(options);
  leave_out_repeated_ids(imported);
  leave_out_pictures_of_masks(imported);
  unite_spellings(imported);
  name_lesions_of_normal_images(imported);
  keep_only(imported, options.only_ids);
  if (imported.manifest.samples.empty()) {
    const auto& problems = imported.report.problems;
    const auto unused = unused_files(imported, options, format.reads_labels);
    throw DataError({options.source.string(), std::string("no image that could be imported as ") + format.name,
                     "at least one (--format says otherwise)",
                     !problems.empty() ? problems.front()
                     : !unused.empty() ? "there are " + unused.front()
                                       : ""});
  }
  add_mask_values_column(imported.manifest);
  if (options.crop_to_ultrasound) find_ultrasound_regions(imported);
  imported.report.unused = unused_files(imported, options, format.reads_labels);
  if (fs::is_directory(options.source))
    for (const std::string& problem : walk_source(options.source).problems) add_unless_named(problem, imported.report);
  const std::string& taken_for = imported.report.taken_for;
  imported.report.taken_for = std::string(format.name) + (taken_for.empty() ? "" : " (" + taken_for + ")");
  return imported;
}

}  // namespace lanet
