#include "dataset/mask_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "core/text.hpp"
#include "finding/class_meaning.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

// All words are folded (finding/class_meaning.hpp).

/// They say mask, and nothing else.
constexpr std::array<const char*, 18> kWordsForMask = {
    "mask",   "masks",   "msk",      "maske",    "masken", "mascara", "mascaras", "máscara", "máscaras",
    "masque", "masques", "maschera", "maschere", "masker", "maskers", "маска",    "маски",   "掩膜"};
/// Data sets are called so too; neither an image nor a class is.
constexpr std::array<const char*, 6> kWordsForSegmentation = {"gt",           "groundtruth",   "seg",
                                                              "segmentation", "segmentations", "segmented"};
/// Words of a folder alone: "label_2".
constexpr std::array<const char*, 6> kFolderWords = {"label", "labels", "annotation", "annotations", "gts", "segs"};
/// "gt" and "segmentation" stand in names of data sets too: beside these words alone they mean a folder of masks.
constexpr std::array<const char*, 14> kWordsBesideMasks = {"binary", "tumor",   "tumors", "tumour", "tumours",
                                                           "lesion", "lesions", "manual", "expert", "reader",
                                                           "final",  "png",     "ground", "truth"};
/// "BUSI with masks", "no masks".
constexpr std::array<const char*, 7> kWordsOfDataSets = {"dataset", "data", "set", "with", "without", "no", "and"};
constexpr std::array<const char*, 18> kImageWords = {
    "image", "images", "img",      "imgs",     "imagen",     "imagenes",     "imágenes", "imagem",    "imagens",
    "bild",  "bilder", "immagine", "immagini", "afbeelding", "afbeeldingen", "original", "originals", "originale"};

template <class List>
bool is_one_of(const List& list, const std::string& word) {
  return std::any_of(list.begin(), list.end(), [&](const char* entry) { return word == entry; });
}

bool says_mask(const std::string& word) {
  return is_one_of(kWordsForMask, word) || is_one_of(kWordsForSegmentation, word);
}

bool parts_words(char letter) {
  return std::string_view("_- .()[]").find(letter) != std::string_view::npos ||
         std::isdigit(static_cast<unsigned char>(letter)) != 0;
}

/// Folded words of a name, without numbers.
std::vector<std::string> words_of(const std::string& name) {
  std::string spaced = name;
  std::replace_if(spaced.begin(), spaced.end(), parts_words, ' ');
  std::vector<std::string> words;
  for (const std::string& word : split_text(folded_name(spaced), ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

}  // namespace

bool is_folder_of_images(const std::string& name) {
  if (is_image_folder_name(name)) return true;
  const std::vector<std::string> words = words_of(name);
  return words.size() == 1 && (is_one_of(kImageWords, words[0]) || is_image_folder_name(words[0]));
}

bool is_folder_of_pure_masks(const std::string& name) {
  const std::vector<std::string> words = words_of(name);
  const bool masks =
      std::any_of(words.begin(), words.end(), [](const std::string& word) { return is_one_of(kWordsForMask, word); });
  return masks && std::none_of(words.begin(), words.end(), [](const std::string& word) {
           return is_one_of(kImageWords, word) || is_one_of(kWordsOfDataSets, word);
         });
}

bool is_folder_of_masks(const std::string& name) {
  if (is_mask_folder_name(name) || is_folder_of_pure_masks(name)) return true;
  const std::vector<std::string> words = words_of(name);
  bool found = false;
  for (const std::string& word : words) {
    const bool says_it = says_mask(word) || is_one_of(kFolderWords, word);
    if (!says_it && !is_one_of(kWordsBesideMasks, word) && class_meaning(word) == ClassMeaning::kUnknown) return false;
    found = found || says_it;
  }
  return found;
}

bool may_be_folder_of_masks(const std::string& name) {
  const std::string folded = folded_name(name);
  return folded == "ann" || folded == "anns" || folded == "anno" || folded == "annos";
}

std::string name_without_mask_words(const std::string& name) {
  std::vector<std::string> words = words_of(name);
  std::erase_if(words, [](const std::string& word) {
    return says_mask(word) || is_one_of(kFolderWords, word) || is_one_of(kImageWords, word);
  });
  return join_text(words, " ");
}

std::set<std::string> stems_of_masked_images(const fs::path& file) {
  std::set<std::string> stems;
  if (const auto stem = stem_of_masked_image(file)) stems.insert(*stem);
  const std::string name = file.stem().string();
  const auto parts = [](char letter) { return std::string_view("_- .").find(letter) != std::string_view::npos; };
  for (std::size_t begin = 0; begin < name.size();) {
    std::size_t end = begin;
    while (end < name.size() && !parts(name[end])) ++end;
    if (says_mask(folded_name(name.substr(begin, end - begin)))) {
      if (begin == 0 && end + 1 < name.size()) stems.insert(name.substr(end + 1));
      if (begin > 1) stems.insert(name.substr(0, begin - 1));
    }
    begin = end + 1;
  }
  return stems;
}

bool is_named_as_mask(const fs::path& file) {
  if (is_mask_name(file)) return true;
  const std::set<std::string> stems = stems_of_masked_images(file);
  return std::any_of(stems.begin(), stems.end(), [&](const std::string& stem) { return has_image_beside(file, stem); });
}

}  // namespace lanet
