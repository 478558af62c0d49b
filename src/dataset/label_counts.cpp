#include "dataset/label_counts.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {

LabelCounts count_labels(const ImageCache& cache, std::size_t classes) {
  LabelCounts counts;
  counts.images = static_cast<std::int64_t>(cache.size());
  counts.classes.assign(classes, 0);
  for (const CachedSample& sample : cache.samples()) {
    if (sample.class_index < 0)
      ++counts.of_no_class;
    else
      ++counts.classes.at(static_cast<std::size_t>(sample.class_index));
    switch (sample.location) {
      case Location::kMask:
        ++(sample.has_lesion ? counts.masks : counts.empty_masks);
        break;
      case Location::kBoxes:
        ++counts.boxes;
        break;
      case Location::kEmpty:
        ++counts.without_lesion;
        break;
      case Location::kNone:
        ++counts.without_location;
        break;
    }
  }
  return counts;
}

std::string label_counts_text(const LabelCounts& counts, const std::vector<std::string>& classes) {
  std::vector<std::string> names, places;
  for (std::size_t index = 0; index < classes.size(); ++index)
    names.push_back(std::to_string(counts.classes[index]) + " " + classes[index]);
  const auto add = [](std::vector<std::string>& parts, std::int64_t count, const char* what) {
    if (count > 0) parts.push_back(std::to_string(count) + " " + what);
  };
  add(names, counts.of_no_class, "of no class");
  places.push_back(std::to_string(counts.masks) + " usable masks");
  add(places, counts.empty_masks, "masks without a pixel");
  add(places, counts.boxes, "images with boxes");
  add(places, counts.without_lesion, "images without a lesion");
  add(places, counts.without_location, "images without location");
  return count_of(static_cast<std::size_t>(counts.images), "image", "images") + ": " + join_text(names, ", ") + "; " +
         join_text(places, ", ");
}

void require_location(const LabelCounts& counts, const std::string& place) {
  if (counts.located() > 0) return;
  const std::string found = counts.empty_masks > 0
                                ? std::to_string(counts.empty_masks) + " training masks, all without a pixel inside"
                                : "no training image with a location label";
  throw DataError({place, found, "some that say where the lesion is",
                   counts.empty_masks > 0
                       ? "look at the masks' values with `lanet data audit`, and import them again"
                       : "add masks or boxes, or train the network without location by network.head = \"vanilla\""});
}

}  // namespace lanet
