#include "finding/overlay.hpp"

#include <algorithm>
#include <cmath>

#include "finding/no_lesion.hpp"
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
  const auto say = [&](const std::string& decision, const std::vector<ClassProbability>& classes,
                       const std::string& before, const Box& region, bool no_lesion) {
    double probability = 0;
    for (const ClassProbability& item : classes)
      if (item.name == decision) probability = item.probability;
    draw_text(drawn,
              before + decision + " " + std::to_string(std::lround(100 * probability)) + " %" +
                  (no_lesion ? std::string(", ") + kNoLesionFound : ""),
              static_cast<std::int64_t>(region.x1) + 4, static_cast<std::int64_t>(region.y1) + 4,
              finding.doubts.empty() ? kPredictionColor : kDoubtColor,
              std::max(1.0, static_cast<double>(std::min(image.height, image.width)) / 350));
  };
  for (std::size_t index = 0; index < finding.parts.size(); ++index) {
    const FindingPart& part = finding.parts[index];
    const auto number = static_cast<std::int64_t>(index) + 1;
    if (!part.decision.empty())
      say(part.decision, part.classes, std::to_string(number) + ": ", part.region, says_no_lesion(finding, number));
  }
  if (finding.parts.empty() && !finding.decision.empty())
    say(finding.decision, finding.classes, "", Box{}, says_no_lesion(finding));
  return drawn;
}

}  // namespace lanet
