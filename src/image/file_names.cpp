#include "image/file_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 9> kImageExtensions = {".png", ".jpg",  ".jpeg", ".jfif", ".bmp",
                                                         ".tif", ".tiff", ".webp", ".gif"};

struct MaskWord {
  const char* word;
  bool only_masks;  // images are called so too: their image has to lie beside them
};
// A word that is the end of another one stands behind it.
constexpr std::array<MaskWord, 20> kMaskWords = {
    {{"segmentations", true}, {"segmentation", true}, {"ground_truth", true}, {"ground-truth", true},
     {"groundtruth", true},   {"segmented", true},    {"annotation", false},  {"masks", true},
     {"mask", true},          {"labels", false},      {"label", false},       {"tumour", false},
     {"tumor", false},        {"lesion", false},      {"mass", false},        {"seg", true},
     {"roi", false},          {"anno", false},        {"msk", true},          {"gt", true}}};

bool is_separator(char letter) { return letter == '_' || letter == '-' || letter == ' ' || letter == '.'; }

/// Without the number of a further mask: "_2", "-2", " 2", " (2)", "(2)".
std::string without_number(const std::string& stem) {
  std::string rest = stem;
  const bool bracketed = rest.ends_with(')');
  if (bracketed) rest.pop_back();
  const std::size_t last = rest.find_last_not_of("0123456789");
  if (last == std::string::npos || last + 1 == rest.size()) return stem;
  rest.resize(last + 1);
  if (bracketed) {
    if (!rest.ends_with('(')) return stem;
    rest.pop_back();
    if (rest.ends_with(' ')) rest.pop_back();
    return rest;
  }
  if (!is_separator(rest.back())) return stem;
  rest.pop_back();
  return rest;
}

struct MaskName {
  std::string image_stem;
  bool only_masks = true;
};

std::optional<MaskName> mask_name(const std::string& stem) {
  const std::string lower = to_lower(stem);
  for (const MaskWord& word : kMaskWords) {
    const std::string_view text = word.word;
    if (lower.size() < text.size() + 2 || !lower.ends_with(text)) continue;
    const std::size_t separator = stem.size() - text.size() - 1;
    if (is_separator(stem[separator])) return MaskName{stem.substr(0, separator), word.only_masks};
  }
  return std::nullopt;
}

std::optional<MaskName> parse(const fs::path& file) {
  const std::string stem = file.stem().string();
  if (const auto plain = mask_name(stem)) return plain;
  const std::string counted = without_number(stem);
  return counted == stem ? std::nullopt : mask_name(counted);
}

}  // namespace

bool has_image_extension(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return std::find(kImageExtensions.begin(), kImageExtensions.end(), extension) != kImageExtensions.end();
}

bool has_image_beside(const fs::path& file, const std::string& stem) {
  std::error_code ignored;
  const auto is_there = [&](const std::string& extension) {
    return fs::exists(file.parent_path() / (stem + extension), ignored);
  };
  return std::any_of(kImageExtensions.begin(), kImageExtensions.end(), [&](const char* extension) {
    std::string upper = extension;
    for (char& letter : upper) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return is_there(extension) || is_there(upper) || is_there(file.extension().string());
  });
}

bool is_hidden_name(const fs::path& file) { return file.filename().string().starts_with('.'); }

std::vector<std::string> mask_words() {
  std::vector<std::string> words;
  for (const MaskWord& word : kMaskWords) words.emplace_back(word.word);
  return words;
}

std::optional<std::string> stem_of_masked_image(const fs::path& file) {
  const auto name = parse(file);
  return name ? std::optional(name->image_stem) : std::nullopt;
}

bool is_mask_name(const fs::path& file) {
  const auto name = parse(file);
  return name && (name->only_masks || has_image_beside(file, name->image_stem));
}

bool is_mask_folder_name(const std::string& name) {
  static const std::set<std::string> kNames{"mask",         "masks",        "msk",           "label",
                                            "labels",       "gt",           "gts",           "groundtruth",
                                            "groundtruths", "ground_truth", "ground-truth",  "seg",
                                            "segs",         "segmentation", "segmentations", "segmentationclass",
                                            "annotation",   "annotations",  "annotated",     "labelstr",
                                            "labelsts",     "tumor_masks",  "lesion_masks",  "binary_masks",
                                            "masks_png",    "ground truth"};
  return kNames.contains(to_lower(name));
}

bool is_image_folder_name(const std::string& name) {
  static const std::set<std::string> kNames{"image",      "images",     "img",      "imgs",     "original",
                                            "originals",  "picture",    "pictures", "imagestr", "imagests",
                                            "jpegimages", "raw_images", "input",    "inputs"};
  return kNames.contains(to_lower(name));
}

std::optional<std::string> subset_of_folder_name(const std::string& name) {
  const std::string lower = to_lower(name);
  if (lower == "train" || lower == "training" || lower == "train_set" || lower == "trainset") return "train";
  if (lower == "val" || lower == "valid" || lower == "validation" || lower == "validate" || lower == "dev")
    return "val";
  if (lower == "test" || lower == "testing" || lower == "test_set" || lower == "testset") return "test";
  return std::nullopt;
}

}  // namespace lanet
