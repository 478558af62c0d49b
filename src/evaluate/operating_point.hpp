#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluate/bootstrap.hpp"
#include "evaluate/roc.hpp"

namespace lanet {

/// What an operating point shall reach: "sensitivity=0.95" or "specificity=90%".
struct OperatingTarget {
  std::string measure;  // sensitivity, specificity
  double value = 0;     // 0..1
};
/// Throws ConfigError for another measure or a value outside 0..1.
OperatingTarget parse_operating_target(const std::string& text);

/// The threshold of a ROC curve at which a target is just reached, and what the other measure is there.
struct OperatingPoint {
  OperatingTarget target;
  double threshold = 0;    // positive at and above it; NaN: the curve is empty
  double sensitivity = 0;  // reached, at least the target where that is of sensitivity
  double specificity = 0;
  double low = 0;  // interval of the measure that was not aimed at; the threshold is chosen anew in every sample
  double high = 0;
};

/// Sensitivity t: the highest threshold with a sensitivity of t or more. Specificity t: the lowest threshold with a
/// specificity of t or more. NaN for an empty curve. The interval is not set.
OperatingPoint operating_point(const std::vector<RocPoint>& points, const OperatingTarget& target);

/// The same with the percentile interval over groups. bootstrap_samples 0: NaN.
OperatingPoint operating_point(const RocCurve& curve, const std::vector<std::string>& groups,
                               const OperatingTarget& target, std::int64_t bootstrap_samples, double confidence,
                               std::uint64_t seed);

}  // namespace lanet
