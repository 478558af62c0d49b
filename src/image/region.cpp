#include "image/region.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <stdexcept>

#include <opencv2/imgproc.hpp>

#include "image/geometry.hpp"
#include "image/opencv.hpp"

namespace lanet {
namespace {

std::int64_t first_centre(double edge, std::int64_t limit) {
  return static_cast<std::int64_t>(std::clamp(std::ceil(edge - 0.5), 0.0, static_cast<double>(limit)));
}

/// Convex hull of the outer corners of all inside pixels.
std::vector<cv::Point2f> corner_hull(const Mask& mask) {
  std::vector<cv::Point2f> corners;
  for (std::int64_t row = 0; row < mask.height; ++row) {
    std::int64_t first = -1, last = -1;
    for (std::int64_t column = 0; column < mask.width; ++column)
      if (mask.at(row, column)) {
        if (first < 0) first = column;
        last = column;
      }
    if (first < 0) continue;
    for (const std::int64_t y : {row, row + 1}) {
      corners.emplace_back(static_cast<float>(first), static_cast<float>(y));
      corners.emplace_back(static_cast<float>(last + 1), static_cast<float>(y));
    }
  }
  std::vector<cv::Point2f> hull;
  if (!corners.empty()) cv::convexHull(corners, hull);
  return hull;
}

/// One-dimensional squared distance transform (Felzenszwalb and Huttenlocher 2012): result[x] = min over y of (spacing
/// (x - y))^2 + values[y].
void lower_envelope(std::vector<double>& values, double spacing) {
  const auto count = static_cast<std::int64_t>(values.size());
  std::vector<std::int64_t> vertex;
  std::vector<double> from;
  const double square = spacing * spacing;
  for (std::int64_t x = 0; x < count; ++x) {
    const double value = values[static_cast<std::size_t>(x)];
    if (std::isinf(value)) continue;
    double begin = -std::numeric_limits<double>::infinity();
    while (!vertex.empty()) {
      const std::int64_t last = vertex.back();
      const auto dx = static_cast<double>(x), dl = static_cast<double>(last);
      begin =
          (value - values[static_cast<std::size_t>(last)] + square * (dx * dx - dl * dl)) / (2 * square * (dx - dl));
      if (begin > from.back()) break;
      vertex.pop_back();
      from.pop_back();
      begin = -std::numeric_limits<double>::infinity();
    }
    vertex.push_back(x);
    from.push_back(begin);
  }
  if (vertex.empty()) return;
  const std::vector<double> original = values;
  std::size_t part = 0;
  for (std::int64_t x = 0; x < count; ++x) {
    while (part + 1 < vertex.size() && from[part + 1] <= static_cast<double>(x)) ++part;
    const double step = static_cast<double>(x - vertex[part]);
    values[static_cast<std::size_t>(x)] = square * step * step + original[static_cast<std::size_t>(vertex[part])];
  }
}

}  // namespace

std::int64_t area(const Mask& mask) { return std::count(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{1}); }

std::optional<Box> bounding_box(const Mask& mask) {
  std::int64_t left = mask.width, right = -1, top = mask.height, bottom = -1;
  for (std::int64_t row = 0; row < mask.height; ++row) {
    const std::uint8_t* pixels = mask.pixels.data() + row * mask.width;
    const auto width = static_cast<std::size_t>(mask.width);
    const void* first = std::memchr(pixels, 1, width);
    if (!first) continue;
    left = std::min(left, static_cast<std::int64_t>(static_cast<const std::uint8_t*>(first) - pixels));
    const void* last = memrchr(pixels, 1, width);
    right = std::max(right, static_cast<std::int64_t>(static_cast<const std::uint8_t*>(last) - pixels));
    top = std::min(top, row);
    bottom = row;
  }
  if (right < 0) return std::nullopt;
  return Box{static_cast<double>(left), static_cast<double>(top), static_cast<double>(right + 1),
             static_cast<double>(bottom + 1)};
}

Mask fill_boxes(const std::vector<Box>& boxes, std::int64_t height, std::int64_t width) {
  Mask mask = make_mask(height, width);
  for (const Box& box : boxes)
    for (std::int64_t row = first_centre(box.y1, height); row < first_centre(box.y2, height); ++row)
      for (std::int64_t column = first_centre(box.x1, width); column < first_centre(box.x2, width); ++column)
        mask.at(row, column) = 1;
  return mask;
}

Mask fill_polygon(const std::vector<PolygonPoint>& polygon, std::int64_t height, std::int64_t width) {
  Mask mask = make_mask(height, width);
  if (polygon.size() < 3) return mask;
  std::vector<double> crossings;
  for (std::int64_t row = 0; row < height; ++row) {
    const double y = static_cast<double>(row) + 0.5;
    crossings.clear();
    for (std::size_t corner = 0; corner < polygon.size(); ++corner) {
      const PolygonPoint &from = polygon[corner], &to = polygon[(corner + 1) % polygon.size()];
      if ((from.y <= y) == (to.y <= y)) continue;
      crossings.push_back(from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x));
    }
    std::sort(crossings.begin(), crossings.end());
    for (std::size_t pair = 0; pair + 1 < crossings.size(); pair += 2) {
      const double end = std::min(crossings[pair + 1], static_cast<double>(width));
      for (double column = std::ceil(std::max(crossings[pair], 0.0) - 0.5);
           column + 0.5 <= end && column < static_cast<double>(width); ++column)
        if (column >= 0) mask.at(row, static_cast<std::int64_t>(column)) = 1;
    }
  }
  return mask;
}

Mask unite(const Mask& first, const Mask& second) {
  if (first.height != second.height || first.width != second.width)
    throw std::invalid_argument("unite: masks of different size");
  Mask united = first;
  for (std::size_t pixel = 0; pixel < united.pixels.size(); ++pixel) united.pixels[pixel] |= second.pixels[pixel];
  return united;
}

bool Component::contains(std::int64_t row, std::int64_t column) const {
  const std::int64_t inside_row = row - static_cast<std::int64_t>(box.y1);
  const std::int64_t inside_column = column - static_cast<std::int64_t>(box.x1);
  return inside_row >= 0 && inside_row < mask.height && inside_column >= 0 && inside_column < mask.width &&
         mask.at(inside_row, inside_column);
}

std::vector<Component> components(const Mask& mask, std::int64_t min_area) {
  const auto all = bounding_box(mask);
  if (!all) return {};
  // Most of an image is outside: only the box around what is inside is searched.
  const cv::Rect inside(static_cast<int>(all->x1), static_cast<int>(all->y1), static_cast<int>(all->width()),
                        static_cast<int>(all->height()));
  cv::Mat labels, statistics, centroids;
  const int count = cv::connectedComponentsWithStats(view(mask)(inside), labels, statistics, centroids, 8, CV_32S);
  std::vector<Component> found;
  for (int label = 1; label < count; ++label) {
    const auto pixels = static_cast<std::int64_t>(statistics.at<int>(label, cv::CC_STAT_AREA));
    if (pixels < min_area) continue;
    const cv::Rect box(statistics.at<int>(label, cv::CC_STAT_LEFT), statistics.at<int>(label, cv::CC_STAT_TOP),
                       statistics.at<int>(label, cv::CC_STAT_WIDTH), statistics.at<int>(label, cv::CC_STAT_HEIGHT));
    Component component{
        make_mask(box.height, box.width),
        Box{all->x1 + box.x, all->y1 + box.y, all->x1 + box.x + box.width, all->y1 + box.y + box.height}, pixels};
    cv::Mat target = view(component.mask);
    target.setTo(1, labels(box) == label);
    found.push_back(std::move(component));
  }
  std::stable_sort(found.begin(), found.end(), [](const Component& a, const Component& b) {
    if (a.area != b.area) return a.area > b.area;
    return a.box.y1 != b.box.y1 ? a.box.y1 < b.box.y1 : a.box.x1 < b.box.x1;
  });
  return found;
}

std::vector<std::vector<std::pair<int, int>>> contours(const Mask& mask) {
  if (mask.empty()) return {};
  std::vector<std::vector<cv::Point>> found;
  cv::findContours(view(mask), found, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<std::vector<std::pair<int, int>>> polygons;
  for (const auto& contour : found) {
    auto& polygon = polygons.emplace_back();
    for (const cv::Point& point : contour) polygon.emplace_back(point.x, point.y);
  }
  return polygons;
}

Diameters diameters(const Mask& mask, double column_spacing, double row_spacing) {
  auto hull = corner_hull(mask);
  for (auto& point : hull) {
    point.x *= static_cast<float>(column_spacing);
    point.y *= static_cast<float>(row_spacing);
  }
  Diameters result;
  cv::Point2f direction(1, 0);
  for (const auto& first : hull)
    for (const auto& second : hull) {
      const double length = cv::norm(second - first);
      if (length <= result.longest) continue;
      result.longest = length;
      direction = (second - first) / length;
    }
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& point : hull) {
    const double across = -direction.y * point.x + direction.x * point.y;
    low = std::min(low, across);
    high = std::max(high, across);
  }
  if (!hull.empty()) result.across = high - low;
  return result;
}

std::vector<float> distance_to(const Mask& mask, double row_spacing, double column_spacing) {
  const auto height = static_cast<std::size_t>(mask.height), width = static_cast<std::size_t>(mask.width);
  std::vector<double> square(mask.pixels.size());
  for (std::size_t pixel = 0; pixel < square.size(); ++pixel)
    square[pixel] = mask.pixels[pixel] ? 0 : std::numeric_limits<double>::infinity();
  std::vector<double> line(height);
  for (std::size_t column = 0; column < width; ++column) {
    for (std::size_t row = 0; row < height; ++row) line[row] = square[row * width + column];
    lower_envelope(line, row_spacing);
    for (std::size_t row = 0; row < height; ++row) square[row * width + column] = line[row];
  }
  line.resize(width);
  std::vector<float> distance(square.size());
  for (std::size_t row = 0; row < height; ++row) {
    std::copy_n(square.begin() + static_cast<std::ptrdiff_t>(row * width), width, line.begin());
    lower_envelope(line, column_spacing);
    for (std::size_t column = 0; column < width; ++column)
      distance[row * width + column] = static_cast<float>(std::sqrt(line[column]));
  }
  return distance;
}

Mask boundary(const Mask& mask) {
  Mask border = make_mask(mask.height, mask.width);
  const auto outside = [&mask](std::int64_t row, std::int64_t column) {
    return row < 0 || column < 0 || row >= mask.height || column >= mask.width || !mask.at(row, column);
  };
  for (std::int64_t row = 0; row < mask.height; ++row)
    for (std::int64_t column = 0; column < mask.width; ++column)
      border.at(row, column) = mask.at(row, column) && (outside(row - 1, column) || outside(row + 1, column) ||
                                                        outside(row, column - 1) || outside(row, column + 1));
  return border;
}

Box ultrasound_region(const Image& image) {
  const Box whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  if (image.width < 64 || image.height < 64) return whole;
  // Speckle changes from pixel to pixel everywhere; panels, letters and the black around the picture do not. Where most
  // of a window is neither black nor flat, it is tissue.
  const Image source = to_grey(image);
  cv::Mat grey, low, high, texture;
  cv::GaussianBlur(view(source), grey, {3, 3}, 0);
  const int window = std::max<int>(9, static_cast<int>(std::min(image.width, image.height) / 40) | 1);
  const cv::Mat element = cv::getStructuringElement(cv::MORPH_RECT, {3, 3});
  cv::dilate(grey, high, element);
  cv::erode(grey, low, element);
  texture = (high - low > 1) & (grey > 4);
  cv::Mat share;
  cv::boxFilter(texture, share, CV_8U, {window, window});
  cv::Mat tissue = share > 100;
  const cv::Mat closing = cv::getStructuringElement(cv::MORPH_RECT, {2 * window + 1, 2 * window + 1});
  cv::morphologyEx(tissue, tissue, cv::MORPH_CLOSE, closing);
  cv::morphologyEx(tissue, tissue, cv::MORPH_OPEN, closing);
  cv::Mat labels, statistics, centroids;
  const int count = cv::connectedComponentsWithStats(tissue, labels, statistics, centroids, 8, CV_32S);
  int best = 0;
  for (int label = 1; label < count; ++label)
    if (best == 0 || statistics.at<int>(label, cv::CC_STAT_AREA) > statistics.at<int>(best, cv::CC_STAT_AREA))
      best = label;
  if (best == 0) return whole;
  const auto value = [&](int field) { return static_cast<double>(statistics.at<int>(best, field)); };
  const Box found{value(cv::CC_STAT_LEFT), value(cv::CC_STAT_TOP), value(cv::CC_STAT_LEFT) + value(cv::CC_STAT_WIDTH),
                  value(cv::CC_STAT_TOP) + value(cv::CC_STAT_HEIGHT)};
  // Cropped research images have dark margins too; only a clearly smaller picture is a screenshot. A speck is no
  // picture.
  const double kept = found.area() / whole.area();
  return kept > 0.8 || kept < 0.1 ? whole : found;
}

}  // namespace lanet
