#pragma once

namespace lanet {

/// An axis-parallel rectangle in pixels: columns x1 <= x < x2, rows y1 <= y < y2.
struct Box {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;

  double width() const { return x2 > x1 ? x2 - x1 : 0; }
  double height() const { return y2 > y1 ? y2 - y1 : 0; }
  double area() const { return width() * height(); }
  bool operator==(const Box&) const = default;
};

/// The part that two boxes share; all zero where they share none.
Box intersect(const Box& first, const Box& second);
/// |A n B| / |A u B|; 0 where both are empty.
double intersection_over_union(const Box& first, const Box& second);

}  // namespace lanet
