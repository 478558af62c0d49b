#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/limits.hpp"

namespace lanet {

/// What a picture file says of itself before its pixels.
struct ImageHeader {
  std::int64_t height = 0;  // upright, as decode_image returns it
  std::int64_t width = 0;
  std::string format;           // "PNG", "JPEG", "BMP", "TIFF", "WebP", "GIF"
  int orientation = 1;          // EXIF, 1..8; 1: the rows are stored as they are shown
  std::int64_t pages = 1;       // of a TIFF; pictures of a GIF
  std::int64_t first_page = 0;  // TIFF: byte offset of the first page's directory

  /// Whether rows and columns change places on the way to the upright picture.
  bool turned() const { return orientation >= 5; }
  std::int64_t stored_height() const { return turned() ? width : height; }
  std::int64_t stored_width() const { return turned() ? height : width; }
};

inline constexpr const char* kAcceptedPictures = "a PNG, JPEG, BMP, TIFF, WebP or GIF image";

/// Size and format by the file's first bytes, without decoding. Throws DataError for any other format, which it names
/// where it knows it (HEIC, JPEG 2000, DICOM ...), and for sizes past the limits.
ImageHeader probe_image(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());

/// Size and orientation of a TIFF's page (from 0, below header.pages) in place of the first one's.
ImageHeader probe_page(std::string_view bytes, const std::string& place, std::int64_t page,
                       const InputLimits& limits = input_limits());

/// A TIFF whose first page is the given one, stored upright: what a decoder that knows neither is given.
std::string tiff_with_page_first(std::string_view bytes, const ImageHeader& page);

}  // namespace lanet
