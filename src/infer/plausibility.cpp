#include "infer/plausibility.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

constexpr int kColourStep = 40;
constexpr std::uint8_t kDark = 16;
// Least and greatest values among 2,272 images of BUSI and BUS-BRA: coloured .009, lit .464, deviation 16.3,
// correlation .860, flat .296.
constexpr double kMostColoured = 0.05, kLeastLit = 0.25, kLeastDeviation = 8, kLeastCorrelation = 0.6, kMostFlat = 0.45;

/// Pearson correlation of each pixel with the one `step` further.
double neighbour_correlation(const Image& grey, std::int64_t row_step, std::int64_t column_step) {
  double count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::int64_t row = 0; row + row_step < grey.height; ++row)
    for (std::int64_t column = 0; column + column_step < grey.width; ++column) {
      const double a = grey.at(row, column), b = grey.at(row + row_step, column + column_step);
      count += 1;
      x += a;
      y += b;
      xx += a * a;
      yy += b * b;
      xy += a * b;
    }
  const double spread = (count * xx - x * x) * (count * yy - y * y);
  return spread > 0 ? (count * xy - x * y) / std::sqrt(spread) : 1;
}

double coloured_share(const Image& image) {
  if (image.channels != 3 || image.empty()) return 0;
  std::size_t coloured = 0;
  for (std::size_t first = 0; first < image.pixels.size(); first += 3) {
    const auto [low, high] = std::minmax({image.pixels[first], image.pixels[first + 1], image.pixels[first + 2]});
    if (high - low > kColourStep) ++coloured;
  }
  return 3.0 * static_cast<double>(coloured) / static_cast<double>(image.pixels.size());
}

}  // namespace

PictureFacts picture_facts(const Image& image) {
  PictureFacts facts;
  if (image.empty()) return facts;
  const Image grey = to_grey(image);
  double lit = 0, flat = 0, lit_pairs = 0, sum = 0, squares = 0;
  for (std::int64_t row = 0; row < grey.height; ++row)
    for (std::int64_t column = 0; column < grey.width; ++column) {
      const std::uint8_t value = grey.at(row, column);
      sum += value;
      squares += double(value) * value;
      if (value <= kDark) continue;
      lit += 1;
      if (column + 1 == grey.width) continue;
      lit_pairs += 1;
      flat += value == grey.at(row, column + 1) ? 1 : 0;
    }
  const auto pixels = static_cast<double>(grey.pixels.size());
  facts.coloured = coloured_share(image);
  facts.lit = lit / pixels;
  facts.deviation = std::sqrt(std::max(0.0, squares / pixels - sum / pixels * sum / pixels));
  facts.correlation = std::min(neighbour_correlation(grey, 0, 1), neighbour_correlation(grey, 1, 0));
  facts.flat = lit_pairs > 0 ? flat / lit_pairs : 0;
  return facts;
}

std::vector<std::string> implausibilities(const Image& image) {
  const PictureFacts facts = picture_facts(image);
  std::vector<std::string> reasons;
  if (facts.coloured > kMostColoured)
    reasons.emplace_back("this does not look like B-mode ultrasound: it is in colour");
  if (facts.lit < kLeastLit || facts.deviation < kLeastDeviation)
    reasons.emplace_back("hardly any tissue is seen: the image is almost dark or even");
  else if (facts.correlation < kLeastCorrelation)
    reasons.emplace_back("this does not look like B-mode ultrasound: neighbouring pixels differ like noise");
  else if (facts.flat > kMostFlat)
    reasons.emplace_back("this does not look like B-mode ultrasound: large areas are of one grey, as in a drawing");
  return reasons;
}

}  // namespace lanet
