#include "explain/heat_measures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/nan.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kBlurredSide = 8;  // the image as seen through so many cells a side holds no lesion

/// Pixels by falling heat; equal ones from left to right, top to bottom.
std::vector<std::size_t> by_heat(const ProbabilityMap& heat) {
  std::vector<std::size_t> order(heat.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return heat.values[a] > heat.values[b]; });
  return order;
}

/// Trapezoid rule over equal steps of a unit.
double area(const std::vector<double>& curve) {
  double sum = 0;
  for (std::size_t index = 1; index < curve.size(); ++index) sum += (curve[index - 1] + curve[index]) / 2;
  return sum / static_cast<double>(curve.size() - 1);
}

std::vector<double> ranks(const std::vector<float>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t index = first; index <= last; ++index) rank[order[index]] = static_cast<double>(first + last) / 2;
    first = last + 1;
  }
  return rank;
}

}  // namespace

std::optional<double> heat_inside(const ProbabilityMap& heat, const Mask& mask) {
  const ProbabilityMap full = resize(heat, mask.height, mask.width);
  double inside = 0, all = 0;
  for (std::size_t pixel = 0; pixel < full.values.size(); ++pixel) {
    all += full.values[pixel];
    if (mask.pixels[pixel]) inside += full.values[pixel];
  }
  const bool has_lesion = std::find(mask.pixels.begin(), mask.pixels.end(), 1) != mask.pixels.end();
  if (!has_lesion || all <= 0) return std::nullopt;
  return inside / all;
}

PerturbationScores perturb(const Image& input, const ProbabilityMap& heat, std::int64_t steps,
                           const ProbabilityOf& probability) {
  const Image blurred = resize(resize(input, kBlurredSide, kBlurredSide, Resampling::kArea), input.height, input.width);
  const std::vector<std::size_t> order = by_heat(resize(heat, input.height, input.width));
  std::vector<Image> deleted{input}, inserted{blurred};
  for (std::int64_t step = 1; step <= steps; ++step) {
    Image without = deleted.back(), with = inserted.back();
    const auto place = [&](std::int64_t number) {
      return order.size() * static_cast<std::size_t>(number) / static_cast<std::size_t>(steps);
    };
    for (std::size_t index = place(step - 1); index < place(step); ++index) {
      without.pixels[order[index]] = blurred.pixels[order[index]];
      with.pixels[order[index]] = input.pixels[order[index]];
    }
    deleted.push_back(std::move(without));
    inserted.push_back(std::move(with));
  }
  return {area(probability(deleted)), area(probability(inserted))};
}

double rank_correlation(const ProbabilityMap& first, const ProbabilityMap& second) {
  if (first.values.size() != second.values.size() || first.values.empty())
    throw std::invalid_argument("rank_correlation: maps of different size");
  const std::vector<double> one = ranks(first.values), two = ranks(second.values);
  const double mean = static_cast<double>(one.size() - 1) / 2;
  double product = 0, square_one = 0, square_two = 0;
  for (std::size_t index = 0; index < one.size(); ++index) {
    product += (one[index] - mean) * (two[index] - mean);
    square_one += (one[index] - mean) * (one[index] - mean);
    square_two += (two[index] - mean) * (two[index] - mean);
  }
  if (square_one == 0 || square_two == 0) return kNan;
  return product / std::sqrt(square_one * square_two);
}

}  // namespace lanet
