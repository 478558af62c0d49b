#pragma once

#include <cmath>
#include <cstdint>

#include "core/random.hpp"
#include "image/image.hpp"

namespace lanet {

/// Speckle with one dark ellipse: smooth and wide for benign, tall for malignant.
struct Phantom {
  Image image;
  Mask mask;
};

inline Phantom make_phantom(bool malignant, std::uint64_t seed, std::int64_t height = 90, std::int64_t width = 110) {
  RandomStream random(seed, "phantom");
  Phantom phantom{make_image(height, width, 1), make_mask(height, width)};
  const double centre_row = static_cast<double>(height) * random.uniform(0.35, 0.65);
  const double centre_column = static_cast<double>(width) * random.uniform(0.35, 0.65);
  const double tall = static_cast<double>(height) * (malignant ? 0.26 : 0.12);
  const double wide = static_cast<double>(width) * (malignant ? 0.12 : 0.26);
  // Tissue: slow waves of their own in every picture.
  const double along = random.uniform(0.03, 0.3), across = random.uniform(0.03, 0.3), phase = random.uniform(0, 6);
  for (std::int64_t row = 0; row < height; ++row)
    for (std::int64_t column = 0; column < width; ++column) {
      const double r = (static_cast<double>(row) - centre_row) / tall;
      const double c = (static_cast<double>(column) - centre_column) / wide;
      const bool inside = r * r + c * c <= 1;
      phantom.mask.at(row, column) = inside;
      const double grey = (inside ? 45 : 140) + random.uniform(-20, 20) +
                          25 * std::sin(along * static_cast<double>(row) + phase) *
                              std::sin(across * static_cast<double>(column) + 2 * phase);
      phantom.image.pixels[static_cast<std::size_t>(row * width + column)] = static_cast<std::uint8_t>(grey);
    }
  return phantom;
}

}  // namespace lanet
