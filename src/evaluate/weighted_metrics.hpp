#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evaluate/image_result.hpp"
#include "infer/decision.hpp"

namespace lanet {

/// A figure as a function of the images' weights, so that a bootstrap sample costs one pass and no copy.
struct WeightedMetric {
  std::string name;
  std::int64_t images = 0;  // that it rests on
  /// weights: one an image. NaN where it is not defined (an absent class, 0 / 0).
  std::function<double(const std::vector<double>& weights)> value;
};

/// Index of the class decided for; -1 for a result without probabilities.
std::int64_t decision_of(const ImageResult& result, const DecisionRule& rule);

/// All figures of method.md. Two classes: accuracy, precision, sensitivity, specificity, f1, auc of the positive class.
/// More: accuracy, then each one-vs-rest as NAME[class] and as macro_NAME their mean over the classes that the images
/// have. brier, ece.
/// With a normal class N and the positive class P (of images whose class is known):
///   normal_specificity     of the images of N, the share decided as N
///   lesion_called_normal   of the other images (with a lesion), the share decided as N
///   normal_called[P]       of the images of N, the share decided as P
///   auc_lesion_images[P]   area under the curve of p(P) / (1 - p(N)), P against the others of the images with a lesion
/// Location: jsi, jsi_input, dice, hd95 and assd in px and mm, ceiling_jsi, lesion_sensitivity at 0.5 and 1 false
/// positives an image, false_positive_rate and false_area of images without a lesion. Figures that rest on no image are
/// left out. The functions hold references to nothing: results are copied.
std::vector<WeightedMetric> weighted_metrics(const std::vector<ImageResult>& results,
                                             const std::vector<std::string>& classes, const DecisionRule& rule);

/// What auc_lesion_images ranks: of each image with a known class other than the normal one, its place in `results`,
/// p(P) / (1 - p(N)), and whether its class is the positive one. Empty without a normal class.
struct LesionScores {
  std::vector<std::size_t> images;
  std::vector<double> scores;
  std::vector<bool> positives;
};
LesionScores lesion_scores(const std::vector<ImageResult>& results, const DecisionRule& rule);

}  // namespace lanet
