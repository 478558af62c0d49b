#include "evaluate/overlap.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "evaluate/quantile.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "infer/finder.hpp"

namespace lanet {
namespace {

/// Distances from the border pixels of `from` to the border of the other mask, which `distances` maps.
void append_border_distances(const Mask& border, const std::vector<float>& distances, std::vector<double>& all) {
  for (std::size_t pixel = 0; pixel < border.pixels.size(); ++pixel)
    if (border.pixels[pixel]) all.push_back(distances[pixel]);
}

}  // namespace

std::optional<double> Overlap::jsi() const {
  const std::int64_t either = first + second - shared;
  if (either == 0) return std::nullopt;
  return static_cast<double>(shared) / static_cast<double>(either);
}

std::optional<double> Overlap::dice() const {
  if (first + second == 0) return std::nullopt;
  return 2 * static_cast<double>(shared) / static_cast<double>(first + second);
}

Overlap overlap(const Mask& first, const Mask& second) {
  if (first.height != second.height || first.width != second.width)
    throw std::invalid_argument("overlap: masks of different size");
  Overlap result;
  for (std::size_t pixel = 0; pixel < first.pixels.size(); ++pixel) {
    result.first += first.pixels[pixel];
    result.second += second.pixels[pixel];
    result.shared += first.pixels[pixel] & second.pixels[pixel];
  }
  return result;
}

std::optional<SurfaceDistances> surface_distances(const Mask& first, const Mask& second, double row_spacing,
                                                  double column_spacing) {
  const Mask first_border = boundary(first);
  const Mask second_border = boundary(second);
  if (area(first_border) == 0 || area(second_border) == 0) return std::nullopt;
  std::vector<double> distances;
  append_border_distances(first_border, distance_to(second_border, row_spacing, column_spacing), distances);
  append_border_distances(second_border, distance_to(first_border, row_spacing, column_spacing), distances);
  const double sum = std::accumulate(distances.begin(), distances.end(), 0.0);
  std::sort(distances.begin(), distances.end());
  return SurfaceDistances{quantile(distances, 0.95), sum / static_cast<double>(distances.size())};
}

Mask through_grid(const Mask& truth, std::int64_t input_size, std::int64_t grid_height, std::int64_t grid_width) {
  const ProbabilityMap grid = area_average(resize(truth, input_size, input_size), grid_height, grid_width);
  const Box whole{0, 0, static_cast<double>(truth.width), static_cast<double>(truth.height)};
  return mask_from_grid(grid, whole, truth.height, truth.width, 0.5);
}

}  // namespace lanet
