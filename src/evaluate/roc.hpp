#pragma once

#include <cstddef>
#include <vector>

namespace lanet {

struct RocPoint {
  double false_positive_rate = 0;
  double true_positive_rate = 0;
  double threshold = 0;  // positive at and above it; +infinity for the first point
};

/// Receiver operating characteristic of scores against labels. Sorted once, then evaluated for any weights of the
/// images (bootstrap).
class RocCurve {
 public:
  RocCurve(std::vector<double> scores, std::vector<bool> positives);

  /// Area under the curve, ties counted half (Mann-Whitney). weights: one an image, none: all 1. NaN unless both
  /// classes have weight.
  double area(const std::vector<double>& weights = {}) const;
  /// From (0, 0) to (1, 1), one point a distinct score. Empty unless both classes have weight.
  std::vector<RocPoint> points(const std::vector<double>& weights = {}) const;

 private:
  std::vector<double> scores_;
  std::vector<bool> positives_;
  std::vector<std::size_t> order_;  // by falling score
};

/// Shorthand for one list. NaN unless both classes occur.
double area_under_roc(const std::vector<double>& scores, const std::vector<bool>& positives);

/// True-positive rate at a false-positive rate, the upper end of vertical steps, linear between points. points must not
/// be empty.
double true_positive_rate_at(const std::vector<RocPoint>& points, double false_positive_rate);

}  // namespace lanet
