#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "image/file_names.hpp"
#include "image/image.hpp"
#include "image/mask_reading.hpp"
#include "image/picture_header.hpp"
#include "image/png_mark.hpp"

namespace lanet {

/// Decodes PNG, JPEG, BMP, TIFF, WebP or GIF (decided by magic bytes, not by name) to 8 bits: grey stays 1 channel,
/// colour becomes RGB, alpha is dropped (composited on black), 16 bits are scaled by 257, a colour picture whose three
/// channels are equal everywhere becomes grey. The picture is upright: EXIF orientation is applied. Of several pages it
/// is the first. Throws DataError for truncated, damaged or too large data and for pixels of 32 bits.
Image decode_image(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());
Image read_image(const std::filesystem::path& path, const InputLimits& limits = input_limits());

/// Pages of a TIFF, pictures of a GIF; 1 for all others.
std::int64_t page_count(const std::filesystem::path& path, const InputLimits& limits = input_limits());
/// Page 0 .. pages - 1 (probe_image says how many), as decode_image.
Image decode_page(std::string_view bytes, const std::string& place, std::int64_t page,
                  const InputLimits& limits = input_limits());
/// All pages; they are in memory at once.
std::vector<Image> read_pages(const std::filesystem::path& path, const InputLimits& limits = input_limits());

/// A mask by the values that it holds (mask_reading.hpp), upright. Throws DataError where they allow several readings.
Mask decode_mask(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());
Mask read_mask(const std::filesystem::path& path, const InputLimits& limits = input_limits());
/// The same with what was found and how it was read.
MaskReading read_mask_values(const std::filesystem::path& path, std::span<const std::string> lesion_values = {},
                             const InputLimits& limits = input_limits());

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
