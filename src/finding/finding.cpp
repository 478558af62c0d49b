#include "finding/finding.hpp"

#include <algorithm>

#include "image/geometry.hpp"
#include "image/region.hpp"

namespace lanet {

double Finding::probability_of(const std::string& class_name) const {
  for (const ClassProbability& item : classes)
    if (item.name == class_name) return item.probability;
  return 0;
}

std::optional<Box> Finding::box() const {
  std::optional<Box> all;
  for (const Lesion& lesion : lesions) {
    if (!all) all = lesion.box;
    *all = {std::min(all->x1, lesion.box.x1), std::min(all->y1, lesion.box.y1), std::max(all->x2, lesion.box.x2),
            std::max(all->y2, lesion.box.y2)};
  }
  return all;
}

std::vector<Lesion> measure_lesions(const Mask& mask, const std::optional<PixelSpacing>& spacing,
                                    std::int64_t min_area_px, const ProbabilityMap* map) {
  std::vector<Lesion> lesions;
  for (const Component& component : components(mask, min_area_px)) {
    const Diameters size = diameters(component.mask);
    Lesion lesion;
    lesion.box = component.box;
    lesion.area_px = component.area;
    lesion.longest_px = size.longest;
    lesion.across_px = size.across;
    if (spacing) {
      lesion.area_mm2 = static_cast<double>(component.area) * spacing->x_mm * spacing->y_mm;
      const Diameters millimetres = diameters(component.mask, spacing->x_mm, spacing->y_mm);
      lesion.longest_mm = millimetres.longest;
      lesion.across_mm = millimetres.across;
    }
    if (map) {
      double sum = 0;
      component.for_each_pixel([&](std::int64_t row, std::int64_t column) { sum += map->at(row, column); });
      lesion.mean_probability = sum / static_cast<double>(component.area);
    }
    lesions.push_back(lesion);
  }
  return lesions;
}

}  // namespace lanet
