#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/image_result.hpp"

namespace lanet {

struct EvaluationOptions {
  std::int64_t bootstrap_samples = 2000;  // 0: no intervals
  double confidence = 0.95;
  std::uint64_t seed = 1;
  double threshold = 0.5;   // K = 2: positive at and above it; K = 3: largest probability decides
  std::string by;           // column for subgroups; "": none
  void validate() const;
};

/// One figure with its interval.
struct Metric {
  std::string name;         // "accuracy", "auc", "jsi", "sensitivity[normal]" ...
  double value = 0;         // NaN where it is not defined (an absent class)
  double low = 0;           // percentile bootstrap over groups; NaN without
  double high = 0;
  std::int64_t images = 0;  // that it rests on
};

struct RocPoint { double false_positive_rate, true_positive_rate, threshold; };
struct RocBandPoint { double false_positive_rate, low, high; };
struct FrocPoint { double false_positives_per_image, sensitivity, threshold; };
struct ReliabilityBin { double mean_probability, observed_share; std::int64_t images; };

struct Subgroup {
  std::string value;
  std::int64_t images = 0;
  std::vector<Metric> metrics;
};

struct Evaluation {
  std::vector<std::string> classes;
  std::string positive;                                // class
  std::int64_t images = 0;
  std::int64_t groups = 0;
  double threshold = 0.5;
  std::vector<Metric> metrics;
  std::vector<std::vector<std::int64_t>> confusion;    // [truth][prediction]
  std::vector<RocPoint> roc;                           // of the positive class (K = 2) or of macro one-vs-rest's positive (malignant) for K = 3
  std::vector<RocBandPoint> roc_band;                  // bootstrap band at 101 false-positive rates
  std::vector<FrocPoint> froc;
  std::vector<ReliabilityBin> reliability;
  std::vector<Subgroup> subgroups;

  /// NaN metric if it is not there.
  Metric metric(const std::string& name) const;
};

/// All metrics of a list of results. Throws DataError where nothing can be computed (no image).
Evaluation evaluate(const std::vector<ImageResult>& results, const std::vector<std::string>& classes,
                    const std::string& positive, const EvaluationOptions& options);

std::string evaluation_json(const Evaluation& evaluation);
Evaluation evaluation_from_json(const std::string& json, const std::string& place);
/// For a terminal, one line a metric: name, value, [low, high], images.
std::string evaluation_table(const Evaluation& evaluation);

}  // namespace lanet
