#pragma once

#include <cstdint>
#include <optional>

#include "image/image.hpp"

namespace lanet {

/// Sizes of two masks and of what they share. Throws std::invalid_argument for masks of different size.
struct Overlap {
  std::int64_t first = 0;
  std::int64_t second = 0;
  std::int64_t shared = 0;

  /// |P n G| / |P u G| (Jaccard similarity index). Two empty masks: nothing, never a perfect score.
  std::optional<double> jsi() const;
  /// 2 |P n G| / (|P| + |G|). Two empty masks: nothing.
  std::optional<double> dice() const;
};
Overlap overlap(const Mask& first, const Mask& second);

/// Distances between the borders of two masks, in the unit of the spacings (1: pixels).
struct SurfaceDistances {
  double hd95 =
      0;  // 95th percentile (linear between ranks, as numpy's) of all border distances, of both directions together
  double assd = 0;  // mean of all border distances, of both directions together
};
/// Nothing where one of the masks is empty.
std::optional<SurfaceDistances> surface_distances(const Mask& first, const Mask& second, double row_spacing = 1,
                                                  double column_spacing = 1);

/// The mask that a perfect network could give at most: reduced to input_size x input_size (nearest), averaged over a
/// grid of grid_height x grid_width cells, brought back bilinearly to the mask's own size, >= 0.5.
Mask through_grid(const Mask& truth, std::int64_t input_size, std::int64_t grid_height, std::int64_t grid_width);

}  // namespace lanet
