#include "dataset/import_common.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/mask_names.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/own_result.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 10> kVideoExtensions = {".mp4",  ".avi", ".mov",  ".mkv", ".mpg",
                                                          ".mpeg", ".wmv", ".webm", ".m4v", ".flv"};

bool is_picture_to_use(const fs::path& file) {
  return has_image_extension(file) && !is_hidden_name(file) && !is_result_picture_file(file);
}

}  // namespace

std::vector<fs::path> image_files(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (is_picture_to_use(entry->path()) && entry->is_regular_file(code)) files.push_back(entry->path());
  if (code)
    throw DataError({folder.string(), "no readable folder (" + code.message() + ")", "a folder of images",
                     "its pictures are left out until you may read it"});
  std::sort(files.begin(), files.end());
  return files;
}

MaskIndex::MaskIndex(const fs::path& folder, Place place) {
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path& file = entry->path();
    if (!has_image_extension(file) || is_hidden_name(file)) continue;
    std::set<std::string> stems = stems_of_masked_images(file);
    if (place == Place::kFolderOfMasks) stems.insert(file.stem().string());
    if (stems.empty() || is_result_picture_file(file)) continue;
    for (const std::string& stem : stems) masks_[stem].push_back(file);
  }
  for (auto& masks : masks_) std::sort(masks.second.begin(), masks.second.end());
}

std::vector<fs::path> MaskIndex::masks_of(const fs::path& image) const {
  const auto found = masks_.find(image.stem().string());
  if (found == masks_.end()) return {};
  std::vector<fs::path> masks = found->second;
  std::erase(masks, image);
  return masks;
}

std::vector<fs::path> masks_beside(const fs::path& image) {
  std::error_code code;
  std::vector<fs::path> masks;
  const std::string stem = image.stem().string();
  for (fs::directory_iterator entry(image.parent_path(), code), end; !code && entry != end; entry.increment(code)) {
    const fs::path& file = entry->path();
    if (!is_picture_to_use(file)) continue;
    if (stems_of_masked_images(file).contains(stem)) masks.push_back(file);
  }
  std::sort(masks.begin(), masks.end());
  return masks;
}

std::vector<std::size_t> other_columns(const CsvTable& table, const std::vector<std::string>& used,
                                       Manifest& manifest) {
  std::vector<std::size_t> others;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const std::string& name = table.columns[column];
    const bool is_used = std::any_of(used.begin(), used.end(), [&](const std::string& own) {
      return table.find_column(own) == static_cast<std::int64_t>(column);
    });
    if (name.empty() || is_used) continue;
    others.push_back(column);
    auto& columns = manifest.extra_columns;
    if (std::find(columns.begin(), columns.end(), extra_column_name(name)) == columns.end())
      columns.push_back(extra_column_name(name));
  }
  return others;
}

std::string extra_column_name(const std::string& column) {
  return is_manifest_column(column) ? column + "_listed" : column;
}

std::string repeated_row(const CsvTable& table, std::size_t row, const std::string& image) {
  return Problem{table.row_place(row), "the image '" + image + "' again", "a row for each image",
                 "the first one counts"}
      .line();
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
    if (header.pages > 1)
      report.notes.push_back(file.string() + ": " + std::to_string(header.pages) +
                             " pictures in one file; the first is used");
    return PictureSize{header.height,         header.width,       header.stored_height(),
                       header.stored_width(), header.orientation, header.pages};
  } catch (const Error& error) {
    report.problems.emplace_back(error.what());
    return std::nullopt;
  }
}

namespace {

/// What is wrong with a mask as a lesion of its image; "" where nothing is.
std::string doubt_about(const MaskReading& reading, const Sample& sample) {
  const std::string values = "a mask with the values " + reading.values;
  switch (reading.form) {
    case MaskReading::Form::kFull:
      return values + " that would cover the whole picture";
    case MaskReading::Form::kInverted:
      return values + " in which " + reading.lesion + " covers most of the picture and its border, as if inverted";
    case MaskReading::Form::kEmpty:
      return sample.class_name.empty() || is_normal_class(sample.class_name)
                 ? ""
                 : values + " that is empty, of an image of the class " + sample.class_name;
    case MaskReading::Form::kLesion:
      break;
  }
  return "";
}

std::string joined(std::span<const std::string> values) {
  return join_text(std::vector<std::string>(values.begin(), values.end()), " ");
}

/// Whether a mask in which none of the named values occurs says that there is nothing. Where 0 is named, the mask is an
/// inverted one.
bool is_only_background(const fs::path& mask, std::span<const std::string> mask_values) {
  if (std::find(mask_values.begin(), mask_values.end(), "0") != mask_values.end()) return true;
  try {
    return read_mask_values(mask).form == MaskReading::Form::kEmpty;
  } catch (const DataError&) {
    return false;  // several values
  }
}

std::string sizes(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " px";
}

}  // namespace

void attach_masks(Sample& sample, const PictureSize& size, const std::vector<fs::path>& masks, const fs::path& folder,
                  ImportReport& report, std::span<const std::string> mask_values) {
  std::vector<std::string> fitting;
  std::vector<std::string> doubts;
  std::int64_t with_lesion = 0;
  for (const fs::path& mask : masks) try {
      report.files_read.push_back(mask);
      const MaskReading reading = read_mask_values(mask, mask_values);
      if (reading.mask.height != size.height || reading.mask.width != size.width)
        throw DataError({mask.string(), "a mask of " + sizes(reading.mask.width, reading.mask.height),
                         sizes(size.width, size.height) + " as its image", "the image is imported without location"});
      if (!reading.usual && mask_values.empty() && !reading.lesion.empty())
        report.notes.push_back(mask.string() + ": the values " + reading.values + "; " + reading.lesion +
                               " is taken for the lesion (--mask-values says otherwise)");
      const std::string doubt = doubt_about(reading, sample);
      if (reading.form == MaskReading::Form::kLesion) ++with_lesion;
      if (reading.form == MaskReading::Form::kEmpty && !mask_values.empty() && !is_only_background(mask, mask_values))
        throw DataError({mask.string(), "a mask with the values " + reading.values + ", none of them a lesion's",
                         "0 and the lesion's values, " + joined(mask_values),
                         "the image is imported without location; --mask-values says which values are lesions"});
      if (!doubt.empty())
        doubts.push_back(Problem{mask.string(), doubt, "the lesion marked on a background",
                                 "the image is imported without location; --mask-values says which values are lesions"}
                             .line());
      // Of several masks an empty one says nothing; a full one would drown the others.
      const bool in_the_way = !doubt.empty() && reading.form != MaskReading::Form::kEmpty;
      if (!in_the_way) fitting.push_back(relative_to(mask, folder));
    } catch (const Error& error) {
      report.problems.emplace_back(error.what());
    }
  if (with_lesion == 0 || fitting.size() != masks.size())
    report.problems.insert(report.problems.end(), doubts.begin(), doubts.end());
  // One of several masks missing would teach that a lesion is background.
  if (fitting.size() != masks.size() || masks.empty()) return;
  if (with_lesion == 0) {
    if (doubts.empty()) {
      sample.location = Location::kEmpty;
      sample.boxes.clear();
      if (sample.class_name.empty())
        report.notes.push_back(masks.front().string() + ": an empty mask; the image counts as one without a lesion");
    }
    return;
  }
  sample.masks = fitting;
  sample.boxes.clear();
  sample.location = Location::kMask;
  if (!mask_values.empty()) sample.extra[kMaskValuesColumn] = joined(mask_values);
  if (masks.size() > 1) report.notes.push_back(sample.id + ": " + std::to_string(masks.size()) + " masks united");
}

void doubt_masks_of_normal(const std::vector<fs::path>& masks, ImportReport& report) {
  for (const fs::path& mask : masks) {
    report.files_read.push_back(mask);
    try {
      if (read_mask_values(mask).form == MaskReading::Form::kEmpty) continue;
    } catch (const Error&) {
      // several values, or damaged: not empty either way
    }
    report.problems.push_back(Problem{mask.string(), "a mask that is not empty, of an image of a class without lesions",
                                      "a class and a mask that agree",
                                      "the image counts as one without a lesion; correct the class or the mask"}
                                  .line());
  }
}

std::string UniqueIds::take(const std::string& wanted, const fs::path& file) {
  std::string id = wanted;
  if (!taken_.contains(id)) return *taken_.insert(id).first;
  id = wanted + file.extension().string();
  for (int number = 2; taken_.contains(id); ++number) id = wanted + "_" + std::to_string(number);
  return *taken_.insert(id).first;
}

namespace {

class Walker {
 public:
  SourceTree tree;

  void visit(const fs::path& folder) {
    std::error_code code;
    const fs::path real = fs::canonical(folder, code);
    if (code || !seen_.insert(real).second) return;
    std::vector<fs::path> entries;
    fs::directory_iterator entry(folder, code);
    for (; !code && entry != fs::directory_iterator(); entry.increment(code)) entries.push_back(entry->path());
    if (code)
      tree.problems.push_back(Problem{folder.string(), "a folder that cannot be read (" + code.message() + ")",
                                      "a readable one", "its files are left out until you may read it"}
                                  .line());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& path : entries) {
      const fs::file_status status = fs::status(path, code);
      if (fs::is_directory(status))
        visit(path);
      else if (status.type() == fs::file_type::not_found)
        tree.problems.push_back(
            Problem{path.string(), "a link that leads nowhere", "a file", "copy its file there"}.line());
      else
        tree.files.push_back(path);
    }
  }

 private:
  std::set<fs::path> seen_;  // links may lead in a circle
};

/// What kind of file an import did not use, for one of them and for several.
struct UnusedKind {
  std::string one, several;
  bool other = false;  // of no kind that lanet knows
};

/// Nothing for what belongs to lanet itself.
std::optional<UnusedKind> unused_kind(const fs::path& file) {
  static const UnusedKind kResults{"result of lanet", "results of lanet"};
  const std::string name = file.filename().string();
  const std::string extension = to_lower(file.extension().string());
  if (name.starts_with(".lanet") || name.starts_with("lanet-dataset") || name == "import.log" ||
      (name.starts_with("split") && extension == ".csv"))
    return std::nullopt;
  if (name == "Thumbs.db" || name == "desktop.ini") return UnusedKind{"file of Windows", "files of Windows"};
  if (is_hidden_name(file)) return UnusedKind{"hidden file", "hidden files"};
  if (!has_image_extension(file) && carries_lanet_mark(file)) return kResults;
  if (has_image_extension(file)) {
    if (is_result_picture_file(file)) return kResults;
    if (is_named_as_mask(file))
      return UnusedKind{"mask of no image that was imported", "masks of no image that was imported"};
    return UnusedKind{"picture outside of the layout, or unusable", "pictures outside of the layout, or unusable"};
  }
  if (has_video_extension(file))
    return UnusedKind{"video (imported by --format video)", "videos (imported by --format video)"};
  if (is_own_result_file(file)) return kResults;
  if (is_dicom_file(file))
    return UnusedKind{"DICOM file (imported by --format dicom)", "DICOM files (imported by --format dicom)"};
  const std::string shown = " (" + extension + ")";
  for (const char* array : {".npz", ".npy", ".mat", ".h5", ".hdf5", ".nii", ".nrrd", ".mha", ".gz"})
    if (extension == array)
      return UnusedKind{"array or volume" + shown + ", which is not read; save it as PNG",
                        "arrays and volumes" + shown + ", which are not read; save them as PNG"};
  for (const char* picture : {".heic", ".heif", ".avif", ".jp2", ".jxl", ".svg", ".psd"})
    if (extension == picture)
      return UnusedKind{"picture of a kind that is not read" + shown + "; save it as PNG",
                        "pictures of a kind that is not read" + shown + "; save them as PNG"};
  const std::string end = extension.empty() ? "" : shown;
  return UnusedKind{"other file" + end, "other files" + end, true};
}

}  // namespace

SourceTree walk_source(const fs::path& folder) {
  Walker walker;
  walker.visit(folder);
  return std::move(walker.tree);
}

std::vector<std::string> unused_files(const Imported& imported, const ImportOptions& options, bool reads_labels) {
  std::error_code ignored;
  if (!fs::is_directory(options.source, ignored)) return {};
  std::set<fs::path> used;
  const auto note = [&](const fs::path& file) { used.insert(fs::weakly_canonical(file, ignored)); };
  for (const Sample& sample : imported.manifest.samples) {
    note(imported.manifest.image_path(sample));
    for (const std::string& mask : sample.masks) note(imported.manifest.mask_path(mask));
  }
  for (const fs::path& file : imported.report.files_read) note(file);
  constexpr std::size_t kExamples = 3;
  std::map<std::string, std::pair<UnusedKind, std::vector<std::string>>> by_kind;
  for (const fs::path& file : walk_source(options.source).files) {
    if (used.contains(fs::weakly_canonical(file, ignored))) continue;
    const auto kind = unused_kind(file);
    if (!kind || (reads_labels && kind->other)) continue;
    auto& [known, files] = by_kind[kind->several];
    known = *kind;
    files.push_back(relative_to(file, options.source));
  }
  std::vector<std::string> lines;
  for (const auto& [several, found] : by_kind) {
    const auto& [kind, files] = found;
    std::string line = count_of(files.size(), kind.one.c_str(), kind.several.c_str()) + ": ";
    for (std::size_t index = 0; index < std::min(kExamples, files.size()); ++index)
      line += (index == 0 ? "" : ", ") + files[index];
    lines.push_back(line + (files.size() > kExamples ? " ..." : ""));
  }
  return lines;
}

bool is_normal_class(const std::string& name) { return class_meaning(name) == ClassMeaning::kNormal; }

bool is_class_word(const std::string& name) { return class_meaning(name) != ClassMeaning::kUnknown; }

bool has_video_extension(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return std::find(kVideoExtensions.begin(), kVideoExtensions.end(), extension) != kVideoExtensions.end();
}

}  // namespace lanet
