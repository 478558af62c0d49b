#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluate/bootstrap.hpp"
#include "evaluate/image_result.hpp"
#include "evaluate/significance.hpp"

namespace lanet {

struct ComparisonOptions {
  std::int64_t bootstrap_samples = 2000;  // for the intervals, 100..1000000
  double confidence = 0.95;               // of the intervals, 0.5..0.9999
  std::uint64_t seed = 1;
  double first_threshold = 0.5;          // of the positive class (infer/decision.hpp)
  double second_threshold = 0.5;         // the same of the second model
  double first_lesion_threshold = 0.5;   // of 1 - p(normal), where one of the classes is the normal one
  double second_lesion_threshold = 0.5;  // the same of the second model
  void validate() const;
};

/// One figure of two models on the same images.
struct PairedFigure {
  std::string name;
  std::int64_t images = 0;  // that it rests on
  double first = 0;
  double second = 0;
  double difference = 0;  // first less second
  Interval interval;      // of the difference: percentile bootstrap over groups, the same draws for both
  std::string test;       // DeLong (auc), McNemar (accuracy), bootstrap
  double p = 0;           // two-sided; NaN where it is not defined
  double p_holm = 0;      // adjusted for all figures
};

/// Two models on the same images.
struct ModelComparison {
  std::string first;  // names
  std::string second;
  std::string positive;
  std::int64_t images = 0;
  std::int64_t groups = 0;
  double confidence = 0.95;
  std::int64_t bootstrap_samples = 0;
  McNemarResult decisions;
  std::vector<PairedFigure> figures;
};

/// Paired tests: DeLong for the area under the ROC curve of the positive class, exact McNemar for the decisions, paired
/// bootstrap over groups for sensitivity, specificity, JSI and Dice; with a normal class also normal_specificity,
/// lesion_called_normal and normal_called, and DeLong for auc_lesion_images (weighted_metrics.hpp). Figures that rest
/// on no image are left out. Throws DataError unless both are results of the same images in one order, and `positive`
/// is one of the classes.
ModelComparison compare_models(const std::vector<ImageResult>& first, const std::vector<ImageResult>& second,
                               const std::vector<std::string>& classes, const std::string& positive,
                               const ComparisonOptions& options);

/// `format` lanet-comparison (docs/formats.md); NaN is null.
std::string comparison_json(const ModelComparison& comparison);
/// For a terminal: a line a figure, then what it means.
std::string comparison_table(const ModelComparison& comparison);

/// The second model's probabilities in the order of the first one's classes. Throws DataError where both do not know
/// the same classes.
void reorder_classes(std::vector<ImageResult>& results, const std::vector<std::string>& from,
                     const std::vector<std::string>& to);

}  // namespace lanet
