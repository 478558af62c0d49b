#include "image/image.hpp"

namespace lanet {

Mask make_mask(std::int64_t height, std::int64_t width) {
  return {height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width))};
}

Image make_image(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {height, width, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width * channels))};
}

}  // namespace lanet
