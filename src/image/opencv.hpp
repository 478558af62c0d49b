#pragma once

#include <opencv2/core.hpp>

#include "image/image.hpp"

// Only for the .cpp files of this folder: OpenCV stays behind the plain types.
namespace lanet {

/// OpenCV's view of the same pixels, without a copy. OpenCV only reads through it.
inline cv::Mat view(const Image& image) {
  return cv::Mat(static_cast<int>(image.height), static_cast<int>(image.width),
                 CV_8UC(static_cast<int>(image.channels)), const_cast<std::uint8_t*>(image.pixels.data()));
}
inline cv::Mat view(Image& image) {
  return cv::Mat(static_cast<int>(image.height), static_cast<int>(image.width),
                 CV_8UC(static_cast<int>(image.channels)), image.pixels.data());
}
inline cv::Mat view(const Mask& mask) {
  return cv::Mat(static_cast<int>(mask.height), static_cast<int>(mask.width), CV_8U,
                 const_cast<std::uint8_t*>(mask.pixels.data()));
}
inline cv::Mat view(Mask& mask) {
  return cv::Mat(static_cast<int>(mask.height), static_cast<int>(mask.width), CV_8U, mask.pixels.data());
}
inline cv::Mat view(const ProbabilityMap& map) {
  return cv::Mat(static_cast<int>(map.height), static_cast<int>(map.width), CV_32F,
                 const_cast<float*>(map.values.data()));
}
inline cv::Mat view(ProbabilityMap& map) {
  return cv::Mat(static_cast<int>(map.height), static_cast<int>(map.width), CV_32F, map.values.data());
}

}  // namespace lanet
