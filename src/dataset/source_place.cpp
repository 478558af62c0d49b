#include "dataset/source_place.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/mask_names.hpp"

namespace lanet {

namespace fs = std::filesystem;

SourcePlace source_place(const fs::path& file, const fs::path& source) {
  SourcePlace place;
  for (const fs::path& part : fs::path(relative_to(file.parent_path(), source))) {
    const std::string name = part.string();
    if (name == "." || name.empty()) continue;
    place.name += name + "_";
    const std::string lower = to_lower(name);
    const bool says_nothing = is_folder_of_images(name) || is_folder_of_masks(name) || lower == "videos" ||
                              lower == "video" || lower == "clips" || lower == "cines" || lower == "dicom" ||
                              lower == "frames";
    if (says_nothing) continue;
    if (const auto subset = subset_of_folder_name(name); subset && place.class_name.empty())
      place.subset = *subset;
    else if (place.class_name.empty())
      place.class_name = name;
    else if (place.patient.empty())
      place.patient = name;
  }
  place.name += file.stem().string();
  return place;
}

std::string shortened_name(const std::string& name) {
  constexpr std::size_t kLongest = 180, kKept = 150, kDigest = 16;
  return name.size() <= kLongest ? name : name.substr(0, kKept) + "-" + sha256_hex(name).substr(0, kDigest);
}

}  // namespace lanet
