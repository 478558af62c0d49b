#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "core/limits.hpp"
#include "image/picture_header.hpp"

namespace lanet {

/// A page's pixels as the file holds them, upright: grey, BGR or BGRA of any depth; a palette is looked up. Throws
/// DataError for truncated, damaged or too large data.
struct RawPicture {
  cv::Mat pixels;
  ImageHeader header;
  /// JPEG: values next to the true ones are noise.
  bool lossy() const { return header.format == "JPEG"; }
};
RawPicture decode_raw(std::string_view bytes, const std::string& place, const InputLimits& limits,
                      std::int64_t page = 0);

}  // namespace lanet
