#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

/// Number of pixels inside.
std::int64_t area(const Mask& mask);
/// Smallest rectangle around all inside pixels; nothing for an empty mask.
std::optional<Box> bounding_box(const Mask& mask);
/// Filled rectangles, clipped to the mask's size; a pixel belongs to a box if its centre does.
Mask fill_boxes(const std::vector<Box>& boxes, std::int64_t height, std::int64_t width);
/// A corner of a polygon, px; (0, 0) is the upper left corner of the image.
struct PolygonPoint {
  double x = 0;
  double y = 0;
};
/// Filled polygon, clipped to the mask's size; a pixel belongs to it if its centre does (even-odd rule). Empty for
/// fewer than three corners.
Mask fill_polygon(const std::vector<PolygonPoint>& polygon, std::int64_t height, std::int64_t width);
/// Pixelwise OR. Throws std::invalid_argument for masks of different size.
Mask unite(const Mask& first, const Mask& second);

/// One 8-connected component.
struct Component {
  Mask mask;  // of its box
  Box box;    // whole pixels
  std::int64_t area = 0;

  /// Of a pixel of the whole image.
  bool contains(std::int64_t row, std::int64_t column) const;
  /// Calls see(row, column) for each of its pixels, row by row, in the whole image's rows and columns.
  template <class See>
  void for_each_pixel(const See& see) const {
    const auto left = static_cast<std::int64_t>(box.x1), top = static_cast<std::int64_t>(box.y1);
    for (std::int64_t row = 0; row < mask.height; ++row)
      for (std::int64_t column = 0; column < mask.width; ++column)
        if (mask.at(row, column)) see(top + row, left + column);
  }
};
/// Largest first (ties: upper, then left one first); components under min_area are left out.
std::vector<Component> components(const Mask& mask, std::int64_t min_area = 1);

/// Closed polygons (column, row) around the components, outer borders only.
std::vector<std::vector<std::pair<int, int>>> contours(const Mask& mask);

/// Largest distance between two inside pixels' outer corners (Feret diameter) and the largest extent across that
/// direction, in the unit of the spacings (1: pixels). Both 0 for an empty mask.
struct Diameters {
  double longest = 0;
  double across = 0;
};
Diameters diameters(const Mask& mask, double column_spacing = 1, double row_spacing = 1);

/// Euclidean distance of every pixel to the nearest inside pixel of `mask` (row spacing, column spacing in mm or 1).
/// +infinity everywhere for an empty mask.
std::vector<float> distance_to(const Mask& mask, double row_spacing = 1, double column_spacing = 1);
/// Inside pixels with an outside 4-neighbour or at the image border.
Mask boundary(const Mask& mask);

/// The rectangle of a screenshot that holds the ultrasound picture: the largest textured region, found from grey values
/// alone. The whole image where nothing stands out (most research images are already cropped).
Box ultrasound_region(const Image& image);

}  // namespace lanet
