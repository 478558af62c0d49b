#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/limits.hpp"
#include "image/image.hpp"
#include "image/png_mark.hpp"

namespace lanet {

/// Whether a name ends as an image's does (.png .jpg .jpeg .bmp .tif .tiff, any case). What it is, its content decides.
bool has_image_extension(const std::filesystem::path& file);
/// Whether a file name is that of a mask: its stem ends in _mask or _mask_N.
bool is_mask_name(const std::filesystem::path& file);

struct ImageHeader {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::string format;  // "PNG", "JPEG", "BMP", "TIFF"
};

/// Size and format by the file's first bytes, without decoding. Throws DataError for any other format and for sizes
/// past the limits.
ImageHeader probe_image(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());

/// Decodes PNG, JPEG, BMP or TIFF (decided by magic bytes, not by name) to 8 bits: grey stays 1 channel, colour becomes
/// RGB, alpha is dropped (composited on black), 16 bits are scaled by 257, a colour picture whose three channels are
/// equal everywhere becomes grey. EXIF orientation is ignored. Throws DataError for truncated, damaged or too large
/// data.
Image decode_image(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());
Image read_image(const std::filesystem::path& path, const InputLimits& limits = input_limits());

/// Decodes a mask: a pixel is inside where any colour channel is >= 128 (alpha ignored); 0/1 masks (largest value 1)
/// are taken as such.
Mask decode_mask(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());
Mask read_mask(const std::filesystem::path& path, const InputLimits& limits = input_limits());

/// PNG bytes of an image, of a mask (0 / 255), or of a probability map (0..255), with what it is in a text chunk.
std::string encode_png(const Image& image, PngMark mark = PngMark::kPicture);
std::string encode_png(const Mask& mask, PngMark is = PngMark::kTruthMask);
std::string encode_png(const ProbabilityMap& map, PngMark mark = PngMark::kResult);
/// JPEG bytes; quality 1..100.
std::string encode_jpeg(const Image& image, int quality = 85);
/// Atomic. Where the user names the folder, OutputFolder::write takes encode_png's bytes.
void write_png(const std::filesystem::path& path, const Image& image, PngMark mark = PngMark::kPicture);
void write_png(const std::filesystem::path& path, const Mask& mask, PngMark is = PngMark::kTruthMask);

}  // namespace lanet
