#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "core/limits.hpp"

namespace lanet {

/// Picture `page` (from 0) of a GIF on its canvas of height x width px, BGRA: pictures of an animation lie over those
/// before them, what none covers is transparent. Throws DataError for damaged data.
cv::Mat decode_gif(std::string_view bytes, const std::string& place, std::int64_t height, std::int64_t width,
                   std::int64_t page);

}  // namespace lanet
