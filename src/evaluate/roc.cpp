#include "evaluate/roc.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/nan.hpp"

namespace lanet {

RocCurve::RocCurve(std::vector<double> scores, std::vector<bool> positives)
    : scores_(std::move(scores)), positives_(std::move(positives)), order_(scores_.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [this](std::size_t a, std::size_t b) { return scores_[a] > scores_[b]; });
}

std::vector<RocPoint> RocCurve::points(const std::vector<double>& weights) const {
  std::vector<RocPoint> points{{0, 0, std::numeric_limits<double>::infinity()}};
  double positive = 0, negative = 0;
  for (std::size_t rank = 0; rank < order_.size(); ++rank) {
    const std::size_t image = order_[rank];
    (positives_[image] ? positive : negative) += weights.empty() ? 1 : weights[image];
    const bool last_of_score = rank + 1 == order_.size() || scores_[order_[rank + 1]] != scores_[image];
    if (last_of_score) points.push_back({negative, positive, scores_[image]});
  }
  if (positive == 0 || negative == 0) return {};
  for (RocPoint& point : points) {
    point.false_positive_rate /= negative;
    point.true_positive_rate /= positive;
  }
  return points;
}

double RocCurve::area(const std::vector<double>& weights) const {
  const std::vector<RocPoint> curve = points(weights);
  if (curve.empty()) return kNan;
  double area = 0;
  for (std::size_t index = 1; index < curve.size(); ++index)
    area += (curve[index].false_positive_rate - curve[index - 1].false_positive_rate) *
            (curve[index].true_positive_rate + curve[index - 1].true_positive_rate) / 2;
  return area;
}

double area_under_roc(const std::vector<double>& scores, const std::vector<bool>& positives) {
  return RocCurve(scores, positives).area();
}

double true_positive_rate_at(const std::vector<RocPoint>& points, double false_positive_rate) {
  const auto after =
      std::upper_bound(points.begin(), points.end(), false_positive_rate,
                       [](double rate, const RocPoint& point) { return rate < point.false_positive_rate; });
  const RocPoint& left = *(after - 1);
  if (after == points.end() || left.false_positive_rate == false_positive_rate) return left.true_positive_rate;
  const double share =
      (false_positive_rate - left.false_positive_rate) / (after->false_positive_rate - left.false_positive_rate);
  return left.true_positive_rate + share * (after->true_positive_rate - left.true_positive_rate);
}

}  // namespace lanet
