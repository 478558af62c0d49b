#include "image/png_mark.hpp"

#include <algorithm>
#include <fstream>

#include <zlib.h>

#include "core/version.hpp"

namespace lanet {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kKeyword("Software\0", 9);
constexpr std::size_t kHeaderEnd = 8 + 12 + 13;  // signature, IHDR with its length, type and check sum
constexpr std::string_view kResultEnding = " result";

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::size_t number_at(std::string_view bytes, std::size_t offset) {
  std::size_t value = 0;
  for (std::size_t index = 0; index < 4; ++index)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + index]);
  return value;
}

std::string text_of(PngMark mark) {
  switch (mark) {
    case PngMark::kPicture:
      return "lanet picture";
    case PngMark::kTruthMask:
      return "lanet truth mask";
    case PngMark::kResult:
      break;
  }
  return "lanet " + std::string(kVersion) + std::string(kResultEnding);
}

}  // namespace

// Truth masks and pictures are named without the version: a data set that is imported again has the same bytes.
std::string with_mark(const std::string& png, PngMark mark) {
  const std::string body = "tEXt" + std::string(kKeyword) + text_of(mark);
  const auto check = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  const std::string chunk = big_endian(body.size() - 4) + body + big_endian(check);
  return std::string(png).insert(std::min(kHeaderEnd, png.size()), chunk);
}

bool is_result_picture(std::string_view bytes) {
  if (!bytes.starts_with(kSignature)) return false;
  for (std::size_t offset = 8; offset + 8 <= bytes.size();) {
    const std::size_t length = number_at(bytes, offset);
    const std::string_view type = bytes.substr(offset + 4, 4);
    if (type == "IDAT" || length > bytes.size() - offset - 8) return false;
    const std::string_view content = bytes.substr(offset + 8, length);
    if (type == "tEXt" && content.starts_with(kKeyword)) {
      const std::string_view software = content.substr(kKeyword.size());
      if (software.starts_with("lanet ") && software.ends_with(kResultEnding)) return true;
    }
    offset += 12 + length;
  }
  return false;
}

bool is_result_picture_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(1 << 16, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  return is_result_picture(bytes);
}

}  // namespace lanet
