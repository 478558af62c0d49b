#include "evaluate/lesion_threshold.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/nan.hpp"
#include "core/text.hpp"
#include "evaluate/operating_point.hpp"
#include "evaluate/roc.hpp"

namespace lanet {
namespace {

constexpr double kSteps = 1e4;  // four decimals: short in a card, and no image lies on it by the last bit
constexpr double kConfidence = 0.95;
constexpr std::uint64_t kSeed = 1;

std::string percent(double share) { return fixed(100 * share, 1) + " %"; }

/// Share of the images with or without a lesion whose probability is at and above the threshold.
double share_above(const std::vector<LesionScore>& images, bool lesion, double threshold) {
  double above = 0, all = 0;
  for (const LesionScore& image : images) {
    if (image.lesion != lesion) continue;
    all += 1;
    if (image.probability >= threshold) above += 1;
  }
  return above / all;
}

}  // namespace

std::optional<LesionThreshold> choose_lesion_threshold(const std::vector<LesionScore>& images, double sensitivity,
                                                       std::int64_t bootstrap_samples) {
  if (!(sensitivity > 0 && sensitivity <= 1))
    throw ConfigError({"--lesion-sensitivity", exact(sensitivity), "above 0, at most 100 %", ""});
  LesionThreshold chosen;
  std::vector<double> scores;
  std::vector<bool> lesions;
  std::vector<std::string> groups;
  for (const LesionScore& image : images) {
    scores.push_back(image.probability);
    lesions.push_back(image.lesion);
    groups.push_back(image.group);
    ++(image.lesion ? chosen.lesion_images : chosen.normal_images);
  }
  if (chosen.lesion_images == 0 || chosen.normal_images == 0) return std::nullopt;
  const OperatingPoint point = operating_point(RocCurve(scores, lesions), groups, {"sensitivity", sensitivity},
                                               bootstrap_samples, kConfidence, kSeed);
  chosen.threshold = std::floor(point.threshold * kSteps) / kSteps;
  chosen.sensitivity = share_above(images, true, chosen.threshold);
  chosen.specificity = 1 - share_above(images, false, chosen.threshold);
  chosen.interval = {point.low, point.high};
  return chosen;
}

LesionThreshold measured_lesion_threshold(const std::vector<LesionScore>& images, double threshold) {
  LesionThreshold measured;
  measured.threshold = threshold;
  measured.interval = {kNan, kNan};
  for (const LesionScore& image : images) ++(image.lesion ? measured.lesion_images : measured.normal_images);
  measured.sensitivity = share_above(images, true, threshold);
  measured.specificity = 1 - share_above(images, false, threshold);
  return measured;
}

std::string lesion_threshold_text(const std::optional<LesionThreshold>& chosen, double before,
                                  std::optional<double> asked) {
  if (!chosen)
    return "lesion threshold stays " + exact(before) +
           ": to choose it, both images with a lesion and normal images are needed";
  const std::string interval = std::isnan(chosen->interval.low) ? ""
                                                                : " [" + fixed(100 * chosen->interval.low, 1) + ", " +
                                                                      fixed(100 * chosen->interval.high, 1) + "]";
  return "lesion threshold " + exact(before) + " -> " + exact(chosen->threshold) +
         (asked ? ", chosen to see " + percent(*asked) + " of the images with a lesion" : ", as it was given") +
         "\n  seen: " + percent(chosen->sensitivity) + " of " +
         count_of(static_cast<std::size_t>(chosen->lesion_images), "image", "images") +
         " with a lesion\n  called free of lesions: " + percent(chosen->specificity) + interval + " of " +
         count_of(static_cast<std::size_t>(chosen->normal_images), "normal image", "normal images");
}

}  // namespace lanet
