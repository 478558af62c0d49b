#include "image/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <opencv2/imgproc.hpp>

#include "image/opencv.hpp"

namespace lanet {
namespace {

cv::Size size_of(std::int64_t height, std::int64_t width) {
  return {static_cast<int>(width), static_cast<int>(height)};
}

int interpolation(const Image& image, std::int64_t height, std::int64_t width, Resampling resampling) {
  if (resampling == Resampling::kNearest) return cv::INTER_NEAREST_EXACT;
  const bool shrinks = height < image.height || width < image.width;
  return resampling == Resampling::kArea && shrinks ? cv::INTER_AREA : cv::INTER_LINEAR;
}

cv::Matx23d matrix(const Affine& m) { return {m[0], m[1], m[2], m[3], m[4], m[5]}; }

cv::Rect whole_pixels(const Box& box, std::int64_t height, std::int64_t width) {
  const int x1 = static_cast<int>(std::clamp(std::floor(box.x1), 0.0, static_cast<double>(width)));
  const int y1 = static_cast<int>(std::clamp(std::floor(box.y1), 0.0, static_cast<double>(height)));
  const int x2 = static_cast<int>(std::clamp(std::ceil(box.x2), 0.0, static_cast<double>(width)));
  const int y2 = static_cast<int>(std::clamp(std::ceil(box.y2), 0.0, static_cast<double>(height)));
  return {x1, y1, std::max(x2 - x1, 0), std::max(y2 - y1, 0)};
}

/// How much of result cell `index` each source pixel fills, along one axis.
struct Overlap {
  std::int64_t pixel;
  double share;
};
std::vector<std::vector<Overlap>> overlaps(std::int64_t source, std::int64_t result) {
  std::vector<std::vector<Overlap>> cells(static_cast<std::size_t>(result));
  const double ratio = static_cast<double>(source) / static_cast<double>(result);
  for (std::int64_t cell = 0; cell < result; ++cell) {
    const double begin = static_cast<double>(cell) * ratio;
    const double end = static_cast<double>(cell + 1) * ratio;
    for (auto pixel = static_cast<std::int64_t>(begin); pixel < source && static_cast<double>(pixel) < end; ++pixel) {
      const double share =
          (std::min(end, static_cast<double>(pixel + 1)) - std::max(begin, static_cast<double>(pixel))) / ratio;
      if (share > 0) cells[static_cast<std::size_t>(cell)].push_back({pixel, share});
    }
  }
  return cells;
}

/// Where a sample of a longer or shorter line lies between two of `size`: pixel centres, the ends held.
struct Between {
  std::int64_t first = 0, second = 0;
  float share = 0;  // of the second
};
std::vector<Between> between(std::int64_t size, std::int64_t wanted) {
  std::vector<Between> places;
  places.reserve(static_cast<std::size_t>(wanted));
  const double step = static_cast<double>(size) / static_cast<double>(wanted);
  for (std::int64_t index = 0; index < wanted; ++index) {
    const double place =
        std::clamp((static_cast<double>(index) + 0.5) * step - 0.5, 0.0, static_cast<double>(size - 1));
    const auto first = static_cast<std::int64_t>(place);
    places.push_back({first, std::min(first + 1, size - 1), static_cast<float>(place - static_cast<double>(first))});
  }
  return places;
}

}  // namespace

Image to_grey(const Image& image) {
  if (image.channels == 1) return image;
  Image grey = make_image(image.height, image.width, 1);
  cv::Mat target = view(grey);
  cv::cvtColor(view(image), target, cv::COLOR_RGB2GRAY);
  return grey;
}

Image to_rgb(const Image& image) {
  if (image.channels == 3) return image;
  Image rgb = make_image(image.height, image.width, 3);
  cv::Mat target = view(rgb);
  cv::cvtColor(view(image), target, cv::COLOR_GRAY2RGB);
  return rgb;
}

Image resize(const Image& image, std::int64_t height, std::int64_t width, Resampling resampling) {
  if (image.height == height && image.width == width) return image;
  Image result = make_image(height, width, image.channels);
  cv::Mat target = view(result);
  cv::resize(view(image), target, size_of(height, width), 0, 0, interpolation(image, height, width, resampling));
  return result;
}

Image resize_to_square(const Image& image, std::int64_t side) {
  const bool skips = std::max(image.height, image.width) > 2 * side;
  return resize(image, side, side, skips ? Resampling::kArea : Resampling::kBilinear);
}

Mask resize(const Mask& mask, std::int64_t height, std::int64_t width) {
  if (mask.height == height && mask.width == width) return mask;
  Mask result = make_mask(height, width);
  cv::Mat target = view(result);
  cv::resize(view(mask), target, size_of(height, width), 0, 0, cv::INTER_NEAREST_EXACT);
  return result;
}

ProbabilityMap resize(const ProbabilityMap& map, std::int64_t height, std::int64_t width) {
  ProbabilityMap result{height, width, std::vector<float>(static_cast<std::size_t>(height * width))};
  if (map.values.empty() || result.values.empty()) return result;
  // Columns first, once for each row of the map; then every row of the result lies between two of these.
  std::vector<float> wide(static_cast<std::size_t>(map.height * width));
  const std::vector<Between> columns = between(map.width, width);
  for (std::int64_t row = 0; row < map.height; ++row) {
    const float* from = map.values.data() + row * map.width;
    float* to = wide.data() + row * width;
    for (std::int64_t column = 0; column < width; ++column) {
      const Between& place = columns[static_cast<std::size_t>(column)];
      to[column] = from[place.first] + place.share * (from[place.second] - from[place.first]);
    }
  }
  const std::vector<Between> rows = between(map.height, height);
  for (std::int64_t row = 0; row < height; ++row) {
    const Between& place = rows[static_cast<std::size_t>(row)];
    const float* upper = wide.data() + place.first * width;
    const float* lower = wide.data() + place.second * width;
    float* to = result.values.data() + row * width;
    for (std::int64_t column = 0; column < width; ++column)
      to[column] = upper[column] + place.share * (lower[column] - upper[column]);
  }
  return result;
}

ProbabilityMap area_average(const Mask& mask, std::int64_t height, std::int64_t width) {
  const auto rows = overlaps(mask.height, height);
  const auto columns = overlaps(mask.width, width);
  ProbabilityMap grid{height, width, std::vector<float>(static_cast<std::size_t>(height * width))};
  std::vector<double> line(static_cast<std::size_t>(mask.width));
  for (std::int64_t row = 0; row < height; ++row) {
    std::fill(line.begin(), line.end(), 0.0);
    for (const Overlap& source : rows[static_cast<std::size_t>(row)])
      for (std::int64_t column = 0; column < mask.width; ++column)
        line[static_cast<std::size_t>(column)] += source.share * mask.at(source.pixel, column);
    for (std::int64_t column = 0; column < width; ++column) {
      double sum = 0;
      for (const Overlap& source : columns[static_cast<std::size_t>(column)])
        sum += source.share * line[static_cast<std::size_t>(source.pixel)];
      grid.values[static_cast<std::size_t>(row * width + column)] = static_cast<float>(std::min(sum, 1.0));
    }
  }
  return grid;
}

Affine compose(const Affine& first, const Affine& second) {
  return {first[0] * second[0] + first[1] * second[3],
          first[0] * second[1] + first[1] * second[4],
          first[0] * second[2] + first[1] * second[5] + first[2],
          first[3] * second[0] + first[4] * second[3],
          first[3] * second[1] + first[4] * second[4],
          first[3] * second[2] + first[4] * second[5] + first[5]};
}

Affine invert(const Affine& m) {
  const double determinant = m[0] * m[4] - m[1] * m[3];
  if (std::abs(determinant) < 1e-12) throw std::invalid_argument("invert: a transform without inverse");
  const double a = m[4] / determinant, b = -m[1] / determinant, c = -m[3] / determinant, d = m[0] / determinant;
  return {a, b, -(a * m[2] + b * m[5]), c, d, -(c * m[2] + d * m[5])};
}

Image warp(const Image& image, const Affine& transform, std::int64_t height, std::int64_t width) {
  Image result = make_image(height, width, image.channels);
  cv::Mat target = view(result);
  cv::warpAffine(view(image), target, matrix(transform), size_of(height, width),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
  return result;
}

Mask warp(const Mask& mask, const Affine& transform, std::int64_t height, std::int64_t width) {
  Mask result = make_mask(height, width);
  cv::Mat target = view(result);
  cv::warpAffine(view(mask), target, matrix(transform), size_of(height, width),
                 cv::INTER_NEAREST | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
  return result;
}

Image crop(const Image& image, const Box& box) {
  const cv::Rect part = whole_pixels(box, image.height, image.width);
  Image result = make_image(part.height, part.width, image.channels);
  if (part.area() > 0) {
    cv::Mat target = view(result);
    view(image)(part).copyTo(target);
  }
  return result;
}

Mask crop(const Mask& mask, const Box& box) {
  const cv::Rect part = whole_pixels(box, mask.height, mask.width);
  Mask result = make_mask(part.height, part.width);
  if (part.area() > 0) {
    cv::Mat target = view(result);
    view(mask)(part).copyTo(target);
  }
  return result;
}

Mask uncrop(const Mask& mask, const Box& box, std::int64_t height, std::int64_t width) {
  Mask result = make_mask(height, width);
  const auto top = static_cast<std::int64_t>(std::floor(std::max(box.y1, 0.0)));
  const auto left = static_cast<std::int64_t>(std::floor(std::max(box.x1, 0.0)));
  for (std::int64_t row = 0; row < mask.height && top + row < height; ++row)
    for (std::int64_t column = 0; column < mask.width && left + column < width; ++column)
      result.at(top + row, left + column) = mask.at(row, column);
  return result;
}

}  // namespace lanet
