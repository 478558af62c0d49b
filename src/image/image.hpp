#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lanet {

/// An 8-bit picture, rows top to bottom, channels interleaved (1 grey, 3 RGB).
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 1;
  std::vector<std::uint8_t> pixels;  // [height * width * channels]

  bool empty() const { return pixels.empty(); }
  std::uint8_t at(std::int64_t row, std::int64_t column, std::int64_t channel = 0) const {
    return pixels[static_cast<std::size_t>((row * width + column) * channels + channel)];
  }
};

/// A lesion mask: 1 inside, 0 outside.
struct Mask {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;  // [height * width], each 0 or 1

  bool empty() const { return pixels.empty(); }
  std::uint8_t at(std::int64_t row, std::int64_t column) const {
    return pixels[static_cast<std::size_t>(row * width + column)];
  }
  std::uint8_t& at(std::int64_t row, std::int64_t column) {
    return pixels[static_cast<std::size_t>(row * width + column)];
  }
};

/// A map of probabilities or heat, values in [0, 1].
struct ProbabilityMap {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<float> values;  // [height * width]

  float at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * width + column)];
  }
};

/// All-zero mask.
Mask make_mask(std::int64_t height, std::int64_t width);
/// All-zero image.
Image make_image(std::int64_t height, std::int64_t width, std::int64_t channels);

}  // namespace lanet
