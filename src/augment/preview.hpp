#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "augment/augment.hpp"
#include "dataset/manifest.hpp"

namespace lanet {

struct PreviewOptions {
  std::int64_t images = 24;  // at most so many, spread over the list
  bool augmented = false;    // each image followed by `variants` augmentations of it
  std::int64_t variants = 5;
  std::int64_t side = 256;  // network input
  std::uint64_t seed = 1;
  AugmentOptions augment;
};

/// Contact sheet of images with the contour of their location label. Throws DataError for an unreadable image.
Image preview_sheet(const Manifest& manifest, const std::vector<std::string>& ids, const PreviewOptions& options);

}  // namespace lanet
