#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"

namespace lanet {

/// A decoded JPEG 2000 picture.
struct Jpeg2000Image {
  std::int64_t height = 0, width = 0, components = 0;
  int bits = 8;
  bool is_signed = false;
  std::vector<std::int32_t> values;  // [height, width, components]
};

/// Decodes a codestream (or a JP2 file) by OpenJPEG; the colour transform of the codestream is undone. Throws DataError
/// for damaged data, subsampled components, or sizes past the limits.
Jpeg2000Image decode_jpeg2000(std::string_view bytes, const std::string& place, const InputLimits& limits);

}  // namespace lanet
