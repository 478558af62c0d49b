#include "finding/overlay.hpp"

#include <algorithm>
#include <cmath>

#include "image/drawing.hpp"
#include "image/geometry.hpp"

namespace lanet {

Image draw_finding(const Image& image, const Finding& finding, const std::optional<Mask>& truth) {
  Image drawn = to_rgb(image);
  const int thickness = std::max<int>(1, static_cast<int>(std::min(image.height, image.width) / 250));
  if (truth && truth->height == image.height && truth->width == image.width)
    draw_contour(drawn, *truth, kTruthColor, thickness);
  if (!finding.mask.empty()) draw_contour(drawn, finding.mask, kPredictionColor, thickness);
  for (const Lesion& lesion : finding.lesions) draw_box(drawn, lesion.box, kPredictionColor);
  if (!finding.decision.empty()) {
    const auto percent = std::lround(100 * finding.probability_of(finding.decision));
    draw_text(drawn, finding.decision + " " + std::to_string(percent) + " %", 4, 4,
              finding.doubts.empty() ? kPredictionColor : kDoubtColor,
              std::max(1.0, static_cast<double>(std::min(image.height, image.width)) / 350));
  }
  return drawn;
}

}  // namespace lanet
