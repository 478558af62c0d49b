#include "core/base64.hpp"

#include <algorithm>
#include <cstddef>

namespace lanet {

std::string base64(std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t first = 0; first < bytes.size(); first += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - first);
    unsigned block = 0;
    for (std::size_t index = 0; index < 3; ++index)
      block = block << 8 | (index < count ? static_cast<unsigned char>(bytes[first + index]) : 0U);
    for (std::size_t letter = 0; letter < 4; ++letter)
      text += letter <= count ? kLetters[block >> (18 - 6 * letter) & 63U] : '=';
  }
  return text;
}

}  // namespace lanet
