#include "image/box.hpp"

#include <algorithm>

namespace lanet {

Box intersect(const Box& first, const Box& second) {
  const Box shared{std::max(first.x1, second.x1), std::max(first.y1, second.y1), std::min(first.x2, second.x2),
                   std::min(first.y2, second.y2)};
  return shared.area() > 0 ? shared : Box{};
}

double intersection_over_union(const Box& first, const Box& second) {
  const double shared = intersect(first, second).area();
  const double either = first.area() + second.area() - shared;
  return either > 0 ? shared / either : 0;
}

}  // namespace lanet
