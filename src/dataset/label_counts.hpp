#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/image_cache.hpp"

namespace lanet {

/// What a list of decoded images has to learn from.
struct LabelCounts {
  std::int64_t images = 0;
  std::int64_t masks = 0;        // with a pixel inside
  std::int64_t empty_masks = 0;  // said to hold a lesion, but without a pixel
  std::int64_t boxes = 0;        // images with boxes
  std::int64_t without_lesion = 0;
  std::int64_t without_location = 0;
  std::vector<std::int64_t> classes;  // images of each class, in the order of the names
  std::int64_t of_no_class = 0;

  /// Images that say where a lesion is.
  std::int64_t located() const { return masks + boxes; }
};

LabelCounts count_labels(const ImageCache& cache, std::size_t classes);

/// "120 images: 80 benign, 40 malignant; 100 usable masks, 3 masks without a pixel, 17 images without location".
std::string label_counts_text(const LabelCounts& counts, const std::vector<std::string>& classes);

/// Throws DataError(place) where no image says where a lesion is.
void require_location(const LabelCounts& counts, const std::string& place);

}  // namespace lanet
