#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "image/region.hpp"

namespace lanet {

/// `point` turned about `centre` by an angle in degrees, clockwise as images have their rows.
inline PolygonPoint turned(const PolygonPoint& point, const PolygonPoint& centre, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double x = point.x - centre.x, y = point.y - centre.y;
  return {centre.x + x * std::cos(angle) - y * std::sin(angle), centre.y + x * std::sin(angle) + y * std::cos(angle)};
}

/// An ellipse as a polygon of 90 corners on its line; the first radius turned by `degrees` from the rows.
inline std::vector<PolygonPoint> ellipse_outline(const PolygonPoint& centre, double radius_x, double radius_y,
                                                 double degrees) {
  constexpr int kCorners = 90;
  std::vector<PolygonPoint> corners;
  for (int corner = 0; corner < kCorners; ++corner) {
    const double angle = 2 * std::numbers::pi * corner / kCorners;
    const PolygonPoint upright{centre.x + radius_x * std::cos(angle), centre.y + radius_y * std::sin(angle)};
    corners.push_back(turned(upright, centre, degrees));
  }
  return corners;
}

}  // namespace lanet
