#include <algorithm>

#include "dicom/dicom_file.hpp"

namespace lanet {
namespace {

constexpr double kSeenWith = 0.8;  // share of a region within another from which on it is no picture of its own

/// `box` without the strip that `other` covers, cut where the strip is thinner.
Box without_strip(const Box& box, const Box& other) {
  const Box both = intersect(box, other);
  Box rest = box;
  if (both.width() <= both.height())
    (other.x1 <= box.x1 ? rest.x1 : rest.x2) = other.x1 <= box.x1 ? both.x2 : both.x1;
  else
    (other.y1 <= box.y1 ? rest.y1 : rest.y2) = other.y1 <= box.y1 ? both.y2 : both.y1;
  return rest;
}

}  // namespace

std::vector<TissuePart> DicomInfo::tissue_parts() const {
  std::vector<TissuePart> found;
  for (const UltrasoundRegion& region : regions)
    if (region.shows_tissue()) found.push_back({region.box, region.spacing});
  std::stable_sort(found.begin(), found.end(),
                   [](const TissuePart& a, const TissuePart& b) { return a.box.area() > b.box.area(); });
  std::vector<TissuePart> parts;
  for (TissuePart part : found) {
    for (const TissuePart& larger : parts) {
      const double shared = intersect(part.box, larger.box).area();
      if (shared <= 0) continue;
      part.box = shared >= kSeenWith * part.box.area() ? Box{} : without_strip(part.box, larger.box);
      if (part.box.area() <= 0) break;
    }
    if (part.box.area() > 0 && parts.size() < kMostTissueParts) parts.push_back(part);
  }
  std::sort(parts.begin(), parts.end(), [](const TissuePart& a, const TissuePart& b) {
    return std::pair(a.box.x1, a.box.y1) < std::pair(b.box.x1, b.box.y1);
  });
  return parts;
}

}  // namespace lanet
