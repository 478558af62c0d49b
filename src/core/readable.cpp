#include "core/readable.hpp"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace lanet {
namespace {

/// Bytes of the UTF-8 letter at `place` (RFC 3629: shortest form, no surrogates, up to U+10FFFF); 0 where there is
/// none.
std::size_t utf8_letter_bytes(std::string_view bytes, std::size_t place) {
  const auto byte = [&](std::size_t offset) -> unsigned {
    return place + offset < bytes.size() ? static_cast<unsigned char>(bytes[place + offset]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xC2 && first < 0xE0   ? 2
                            : first >= 0xE0 && first < 0xF0 ? 3
                            : first >= 0xF0 && first < 0xF5 ? 4
                                                            : 0;
  for (std::size_t offset = 1; offset < count; ++offset)
    if ((byte(offset) & 0xC0U) != 0x80) return 0;
  const unsigned second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;
  return count;
}

bool is_hex(char letter) { return std::isxdigit(static_cast<unsigned char>(letter)) != 0; }

/// What `readable` itself writes stands at `place`.
bool looks_escaped(std::string_view bytes, std::size_t place) {
  return place + 3 < bytes.size() && bytes[place] == '\\' && bytes[place + 1] == 'x' && is_hex(bytes[place + 2]) &&
         is_hex(bytes[place + 3]);
}

}  // namespace

std::string readable(std::string_view bytes) {
  std::string text;
  for (std::size_t place = 0; place < bytes.size();) {
    const std::size_t count = utf8_letter_bytes(bytes, place);
    const auto first = static_cast<unsigned char>(bytes[place]);
    if (count == 0 || first < 0x20 || first == 0x7F) {
      text += fmt::format("\\x{:02X}", static_cast<unsigned>(first));
      ++place;
      continue;
    }
    if (looks_escaped(bytes, place)) text += '\\';
    text += bytes.substr(place, count);
    place += count;
  }
  return text;
}

std::string spreadsheet_cell(const std::string& cell) {
  if (cell.empty() || std::string_view("=+-@\t\r").find(cell.front()) == std::string_view::npos) return cell;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  const bool number = error == std::errc() && end == cell.data() + cell.size();
  return number ? cell : "'" + cell;
}

}  // namespace lanet
