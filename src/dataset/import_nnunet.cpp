#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/nnunet_labels.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// NAME of NAME_0000.png; nothing for another channel than the first. Names without a channel number are taken as they
/// are.
std::optional<std::string> case_of(const fs::path& image) {
  const std::string stem = image.stem().string();
  constexpr std::size_t kDigits = 4;
  const std::size_t line = stem.rfind('_');
  const bool numbered = line != std::string::npos && stem.size() - line - 1 == kDigits &&
                        stem.find_first_not_of("0123456789", line + 1) == std::string::npos;
  if (!numbered) return stem;
  return stem.substr(line + 1) == "0000" ? std::optional(stem.substr(0, line)) : std::nullopt;
}

class NnUnetImport {
 public:
  explicit NnUnetImport(const ImportOptions& options) : options_(options) {
    imported_.manifest.folder = options.source;
    const fs::path list = options.source / "dataset.json";
    if (fs::exists(list)) {
      labels_ = parse_nnunet_labels(read_text_file(list), list.string());
      imported_.report.files_read.push_back(list);
    } else {
      imported_.report.notes.push_back(list.string() + ": not there; every value but 0 counts as a lesion");
    }
  }

  Imported run() {
    add(options_.source / "imagesTr", options_.source / "labelsTr", "train");
    const bool has_test_labels = fs::is_directory(options_.source / "labelsTs");
    add(options_.source / "imagesTs", options_.source / "labelsTs", "test");
    if (has_test_labels) imported_.split = std::move(split_);
    std::vector<std::string> names;
    for (const auto& label : labels_.lesions) names.push_back(std::to_string(label.first) + " " + label.second);
    imported_.report.taken_for =
        "nnU-Net: imagesTr and labelsTr" + (names.empty() ? "" : ", labels " + join_text(names, ", "));
    return std::move(imported_);
  }

 private:
  const ImportOptions& options_;
  NnUnetLabels labels_;
  Imported imported_;
  Split split_;
  UniqueIds ids_;

  void add(const fs::path& images, const fs::path& labels, const std::string& subset) {
    std::error_code ignored;
    if (!fs::is_directory(images, ignored)) return;
    const MaskIndex masks(labels, MaskIndex::Place::kFolderOfMasks);
    std::vector<fs::path> files;
    try {
      files = image_files(images);
    } catch (const DataError& error) {
      imported_.report.problems.emplace_back(error.what());
    }
    for (const fs::path& file : files) {
      const auto name = case_of(file);
      if (!name) continue;  // further channels are counted among the files that were not used
      const auto size = probe_size(file, imported_.report);
      if (!size) continue;
      Sample sample;
      sample.id = ids_.take(*name, file);
      sample.image = relative_to(file, options_.source);
      sample.source = options_.source.filename().string();
      attach(sample, *size, masks.masks_of(fs::path(*name + ".png")));
      split_.subset_of[sample.id] = subset;
      imported_.manifest.samples.push_back(std::move(sample));
    }
  }

  /// Whether a mask holds values of `labels` alone; else it is named: another value may be a lesion of any class.
  bool has_listed_values(const fs::path& mask) {
    if (labels_.lesions.empty() || !options_.mask_values.empty()) return true;
    std::vector<std::string> listed;
    for (const std::int64_t other : labels_.others) listed.push_back(std::to_string(other));
    for (const auto& label : labels_.lesions) listed.push_back(std::to_string(label.first));
    try {
      const MaskReading reading = read_mask_values(mask, listed);
      if (area(reading.mask) == reading.mask.height * reading.mask.width) return true;
      imported_.report.files_read.push_back(mask);
      imported_.report.problems.push_back(
          Problem{mask.string(), "a mask with the values " + reading.values,
                  "the labels of dataset.json alone, " + join_text(listed, ", "),
                  "the image is imported without location and class; correct the labels, or say which values are "
                  "lesions by --mask-values"}
              .line());
      return false;
    } catch (const Error&) {
      return true;  // attach_masks says what is wrong with it
    }
  }

  /// Which of the labels a mask holds says the class, where the list names more than one, or one that is a class.
  void attach(Sample& sample, const PictureSize& size, const std::vector<fs::path>& masks) {
    if (masks.empty()) return;
    std::vector<std::string> all = options_.mask_values;
    if (all.empty())
      for (const auto& label : labels_.lesions) all.push_back(std::to_string(label.first));
    if (!std::all_of(masks.begin(), masks.end(), [&](const fs::path& mask) { return has_listed_values(mask); })) return;
    attach_masks(sample, size, masks, options_.source, imported_.report, all);
    if (labels_.lesions.empty() || !labels_.name_classes()) return;
    std::vector<std::string> present;
    if (sample.location == Location::kMask)
      for (const auto& [value, name] : labels_.lesions) try {
          const std::vector<std::string> one = {std::to_string(value)};
          if (read_mask_values(masks.front(), one).form != MaskReading::Form::kEmpty) present.push_back(name);
        } catch (const Error&) {
          // attach_masks has said what is wrong with it
        }
    if (sample.location == Location::kEmpty) sample.class_name = "normal";
    if (present.size() == 1) sample.class_name = present.front();
    if (present.size() > 1)
      imported_.report.problems.push_back(masks.front().string() + ": lesions of the classes " +
                                          join_text(present, " and ") + "; imported without class");
  }
};

}  // namespace

// Isensee et al.: imagesTr/NAME_0000.png, labelsTr/NAME.png, dataset.json with the labels' numbers; imagesTs is the
// test. Of several channels the first is used.
Imported import_nnunet(const ImportOptions& options) {
  for (const char* folder : {"imagesTr", "imagesTs"})
    if (fs::is_directory(options.source / folder)) return NnUnetImport(options).run();
  throw DataError({options.source.string(), "no folder imagesTr", "imagesTr and labelsTr of nnU-Net",
                   "other layouts are read by --format folders"});
}

}  // namespace lanet
