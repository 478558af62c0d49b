#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/settings.hpp"
#include "dataset/manifest.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/froc.hpp"
#include "evaluate/image_result.hpp"
#include "evaluate/operating_point.hpp"
#include "evaluate/roc.hpp"

namespace lanet {

struct EvaluationOptions {
  std::int64_t bootstrap_samples = 2000;  // 0: no intervals
  double confidence = 0.95;
  std::uint64_t seed = 1;
  double threshold = 0.5;           // of the positive class (infer/decision.hpp)
  double lesion_threshold = 0.5;    // of 1 - p(normal), where one of the classes is the normal one
  std::string by;                   // column of the manifest, or "class" or "location", for subgroups; "": none
  std::vector<OperatingTarget> at;  // operating points to look for on the curve
  void validate() const;
};

/// One figure with its interval.
struct Metric {
  std::string name;  // weighted_metrics.hpp
  double value = 0;  // NaN where it is not defined
  double low = 0;    // percentile bootstrap over groups; NaN without
  double high = 0;
  std::int64_t images = 0;  // that it rests on
};

struct RocBandPoint {
  double false_positive_rate = 0;
  double low = 0;
  double high = 0;
};

struct Subgroup {
  std::string value;
  std::int64_t images = 0;
  std::vector<Metric> metrics;
};

struct Evaluation {
  std::vector<std::string> classes;
  std::string positive;  // class
  std::int64_t images = 0;
  std::int64_t groups = 0;
  double threshold = 0.5;
  std::string normal;             // class of images without a lesion; "": the classes have none
  double lesion_threshold = 0.5;  // of no meaning without it
  double confidence = 0.95;
  std::int64_t bootstrap_samples = 0;
  std::vector<Metric> metrics;
  std::vector<std::vector<std::int64_t>> confusion;  // [truth][decision], images with a known class
  std::vector<RocPoint> roc;                         // of the positive class against the rest
  std::vector<RocBandPoint> roc_band;                // pointwise bootstrap band at 101 false-positive rates
  std::vector<FrocPoint> froc;
  std::vector<ReliabilityBin> reliability;
  std::string by;
  std::vector<Subgroup> subgroups;
  std::vector<OperatingPoint> operating_points;  // chosen on these very images

  /// A metric of value NaN if there is none of that name.
  Metric metric(const std::string& name) const;
};

/// All metrics of a list of results. Throws DataError where there is no image or no image has the column `by`.
Evaluation evaluate(const std::vector<ImageResult>& results, const std::vector<std::string>& classes,
                    const std::string& positive, const EvaluationOptions& options);

/// Throws ConfigError, before anything is computed, unless some image of `ids` has a value in the column that
/// EvaluationOptions::by names. Names the columns that there are.
void require_subgroup_column(const Manifest& manifest, const std::vector<std::string>& ids, const std::string& by);

/// evaluation_*.json (docs/formats.md); NaN is null.
std::string evaluation_json(const Evaluation& evaluation);
/// Inverse. Throws DataError.
Evaluation evaluation_from_json(const std::string& json, const std::string& place);
/// For a terminal, one line a metric: name, value, interval, images; then the subgroups and what the figures mean.
std::string evaluation_table(const Evaluation& evaluation);

}  // namespace lanet
