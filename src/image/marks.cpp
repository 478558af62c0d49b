#include "image/marks.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "image/geometry.hpp"
#include "image/opencv.hpp"

namespace lanet {
namespace {

constexpr int kStroke = 7;      // wider strokes are tissue
constexpr int kContrast = 110;  // grey values above what is around
constexpr int kWhite = 170;     // marks are nearly white
constexpr int kSmallest = 5;    // sides of a letter or a caliper
constexpr int kLargest = 60;
constexpr double kQuiet = 70;   // mean grey value around a mark
constexpr int kColourful = 60;  // difference of the channels of a coloured mark

/// Pixels that a thin white stroke covers.
cv::Mat strokes_of(const cv::Mat& grey) {
  cv::Mat hat, thin, white;
  const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_RECT, {kStroke, kStroke});
  cv::morphologyEx(grey, hat, cv::MORPH_TOPHAT, kernel);
  cv::threshold(hat, thin, kContrast, 255, cv::THRESH_BINARY);
  cv::threshold(grey, white, kWhite, 255, cv::THRESH_BINARY);
  return thin & white;
}

cv::Mat coloured_pixels(const Image& image) {
  cv::Mat channels[3], highest, lowest;
  cv::split(view(image), channels);
  highest = cv::max(cv::max(channels[0], channels[1]), channels[2]);
  lowest = cv::min(cv::min(channels[0], channels[1]), channels[2]);
  return (highest - lowest) > kColourful;
}

cv::Rect grown(const cv::Rect& box, int margin, const cv::Size& size) {
  return cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) & cv::Rect({}, size);
}

/// Letters touch nothing bright: the pixels around the shape that are not part of any stroke are quiet.
bool stands_alone(const cv::Mat& grey, const cv::Mat& strokes, const cv::Rect& box) {
  const cv::Rect around = grown(box, 3, grey.size());
  cv::Mat thick;
  cv::dilate(strokes(around), thick, cv::getStructuringElement(cv::MORPH_RECT, {3, 3}));
  const cv::Mat rest = thick == 0;
  return cv::countNonZero(rest) > 0 && cv::mean(grey(around), rest)[0] < kQuiet;
}

std::vector<cv::Rect> shapes(const cv::Mat& mask) {
  cv::Mat labels, statistics, centres;
  const int count = cv::connectedComponentsWithStats(mask, labels, statistics, centres, 8);
  std::vector<cv::Rect> boxes;
  for (int label = 1; label < count; ++label)
    boxes.emplace_back(statistics.at<int>(label, cv::CC_STAT_LEFT), statistics.at<int>(label, cv::CC_STAT_TOP),
                       statistics.at<int>(label, cv::CC_STAT_WIDTH), statistics.at<int>(label, cv::CC_STAT_HEIGHT));
  return boxes;
}

bool has_size_of_a_mark(const cv::Rect& box) {
  return std::max(box.width, box.height) >= kSmallest && std::max(box.width, box.height) <= kLargest;
}

Box plain(const cv::Rect& box) {
  return {static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.x + box.width),
          static_cast<double>(box.y + box.height)};
}

}  // namespace

std::vector<Box> burnt_in_marks(const Image& image) {
  std::vector<Box> marks;
  const Image grey_image = to_grey(image);
  const cv::Mat grey = view(grey_image);
  const cv::Mat strokes = strokes_of(grey);
  for (const cv::Rect& box : shapes(strokes))
    if (has_size_of_a_mark(box) && stands_alone(grey, strokes, box)) marks.push_back(plain(box));
  if (image.channels == 3)
    for (const cv::Rect& box : shapes(coloured_pixels(image)))
      if (has_size_of_a_mark(box)) marks.push_back(plain(box));
  return marks;
}

}  // namespace lanet
