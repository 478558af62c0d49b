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

/// Sums over pairs of grey values, in integers: a row of them is one loop that the compiler vectorizes.
struct PairSums {
  std::uint64_t count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

  void add(const std::uint8_t* first, const std::uint8_t* second, std::int64_t length) {
    constexpr std::int64_t kChunk = 4096;  // 255 * 255 * 4096 < 2^32
    for (; length > 0; length -= kChunk, first += kChunk, second += kChunk) {
      std::uint32_t sums[5] = {};
      const std::int64_t end = std::min(length, kChunk);
      for (std::int64_t index = 0; index < end; ++index) {
        const std::uint32_t a = first[index], b = second[index];
        sums[0] += a;
        sums[1] += b;
        sums[2] += a * a;
        sums[3] += b * b;
        sums[4] += a * b;
      }
      count += static_cast<std::uint64_t>(end);
      x += sums[0];
      y += sums[1];
      xx += sums[2];
      yy += sums[3];
      xy += sums[4];
    }
  }

  /// Pearson's; 1 where one side is constant.
  double correlation() const {
    const auto n = static_cast<double>(count), mean_x = static_cast<double>(x), mean_y = static_cast<double>(y);
    const double spread =
        (n * static_cast<double>(xx) - mean_x * mean_x) * (n * static_cast<double>(yy) - mean_y * mean_y);
    return spread > 0 ? (n * static_cast<double>(xy) - mean_x * mean_y) / std::sqrt(spread) : 1;
  }
};

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
  PairSums across, down;
  std::uint64_t lit = 0, flat = 0, lit_pairs = 0, last_sum = 0, last_squares = 0;
  for (std::int64_t row = 0; row < grey.height; ++row) {
    const std::uint8_t* values = grey.pixels.data() + row * grey.width;
    const std::uint8_t last = values[grey.width - 1];
    across.add(values, values + 1, grey.width - 1);
    if (row + 1 < grey.height) down.add(values, values + grey.width, grey.width);
    std::uint32_t row_lit = 0, row_flat = 0;
    for (std::int64_t column = 0; column < grey.width; ++column) row_lit += values[column] > kDark ? 1 : 0;
    for (std::int64_t column = 0; column + 1 < grey.width; ++column)
      row_flat += ((values[column] > kDark) & (values[column] == values[column + 1])) ? 1 : 0;
    lit += row_lit;
    lit_pairs += row_lit - (last > kDark ? 1 : 0);
    flat += row_flat;
    last_sum += last;
    last_squares += std::uint64_t{last} * last;
  }
  const auto pixels = static_cast<double>(grey.pixels.size());
  const double mean = static_cast<double>(across.x + last_sum) / pixels;
  facts.coloured = coloured_share(image);
  facts.lit = static_cast<double>(lit) / pixels;
  facts.deviation = std::sqrt(std::max(0.0, static_cast<double>(across.xx + last_squares) / pixels - mean * mean));
  facts.correlation = std::min(across.correlation(), down.correlation());
  facts.flat = lit_pairs > 0 ? static_cast<double>(flat) / static_cast<double>(lit_pairs) : 0;
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
