#include "dicom/colour_model.hpp"

#include <cstdint>
#include <cstdlib>

namespace lanet {
namespace {

constexpr std::uint8_t kMarker = 0xFF, kStartOfScan = 0xDA, kApp0 = 0xE0, kApp14 = 0xEE;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// body: of the frame header, behind its length.
ColourModel by_components(std::string_view body) {
  constexpr std::size_t kHead = 6, kEach = 3;
  if (body.size() < kHead + 3 * kEach || byte_at(body, 5) != 3) return ColourModel::kUnknown;
  const auto name = [&](std::size_t index) { return byte_at(body, kHead + kEach * index); };
  const auto sampling = [&](std::size_t index) {
    const std::uint8_t factors = byte_at(body, kHead + kEach * index + 1);
    return (factors >> 4) * (factors & 0x0F);
  };
  if (name(0) == 'R' && name(1) == 'G' && name(2) == 'B') return ColourModel::kRgb;
  if (sampling(0) > sampling(1) && sampling(0) > sampling(2)) return ColourModel::kYcc;
  return ColourModel::kUnknown;
}

}  // namespace

JpegColours read_jpeg_colours(std::string_view picture) {
  constexpr std::string_view kJfif("JFIF\0", 5), kAdobe = "Adobe";
  constexpr std::size_t kTransform = 11;  // byte of Adobe's marker: 0 none, 1 YCbCr
  JpegColours colours;
  if (!picture.starts_with("\xFF\xD8")) return colours;
  for (std::size_t at = 2; at + 4 <= picture.size() && byte_at(picture, at) == kMarker;) {
    const std::uint8_t marker = byte_at(picture, at + 1);
    if (marker == kMarker) {  // fill bytes
      ++at;
      continue;
    }
    if (marker == kStartOfScan) break;
    const std::size_t length = std::size_t{byte_at(picture, at + 2)} << 8 | byte_at(picture, at + 3);
    if (length < 2 || at + 2 + length > picture.size()) break;
    const std::string_view body = picture.substr(at + 4, length - 2);
    if (marker == kApp0 && body.starts_with(kJfif)) colours.likely = ColourModel::kYcc;
    if (marker == kApp14 && body.starts_with(kAdobe) && body.size() > kTransform)
      colours.model = byte_at(body, kTransform) == 0 ? ColourModel::kRgb : ColourModel::kYcc;
    if (is_frame_header(marker))
      if (const ColourModel named = by_components(body); named != ColourModel::kUnknown) colours.model = named;
    at += 2 + length;
  }
  return colours;
}

ColourModel colour_model_by_sight(const Image& samples) {
  constexpr int kNear = 12, kMiddle = 128;
  constexpr double kMost = 0.5, kClearly = 2;
  if (samples.channels != 3 || samples.empty()) return ColourModel::kUnknown;
  double rgb = 0, ycc = 0;
  for (std::size_t at = 0; at < samples.pixels.size(); at += 3) {
    const int first = samples.pixels[at], second = samples.pixels[at + 1], third = samples.pixels[at + 2];
    rgb += std::abs(first - second) <= kNear && std::abs(second - third) <= kNear ? 3 : 0;
    ycc += std::abs(second - kMiddle) <= kNear && std::abs(third - kMiddle) <= kNear ? 3 : 0;
  }
  const auto all = static_cast<double>(samples.pixels.size());
  if (rgb / all > kMost && rgb > kClearly * ycc) return ColourModel::kRgb;
  if (ycc / all > kMost && ycc > kClearly * rgb) return ColourModel::kYcc;
  return ColourModel::kUnknown;
}

bool is_lossy_jpeg(E_TransferSyntax syntax) {
  switch (syntax) {
    case EXS_JPEGProcess1:
    case EXS_JPEGProcess2_4:
    case EXS_JPEGProcess3_5:
    case EXS_JPEGProcess6_8:
    case EXS_JPEGProcess7_9:
    case EXS_JPEGProcess10_12:
    case EXS_JPEGProcess11_13:
      return true;
    default:
      return false;
  }
}

}  // namespace lanet
