#include "evaluate/operating_point.hpp"

#include "core/nan.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "dataset/split.hpp"

namespace lanet {
namespace {

constexpr double kRounding = 1e-12;

}  // namespace

OperatingTarget parse_operating_target(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string measure = trim(text.substr(0, equals));
  require_one_of("--at", measure, {"sensitivity", "specificity"});
  return {measure, parse_share(equals == std::string::npos ? "" : text.substr(equals + 1), "--at " + measure)};
}

OperatingPoint operating_point(const std::vector<RocPoint>& points, const OperatingTarget& target) {
  OperatingPoint found{target, kNan, kNan, kNan, kNan, kNan};
  for (const RocPoint& point : points) {
    const double sensitivity = point.true_positive_rate, specificity = 1 - point.false_positive_rate;
    const bool of_sensitivity = target.measure == "sensitivity";
    if (!of_sensitivity && specificity < target.value - kRounding) break;
    found.threshold = point.threshold;
    found.sensitivity = sensitivity;
    found.specificity = specificity;
    if (of_sensitivity && sensitivity >= target.value - kRounding) break;
  }
  return found;
}

OperatingPoint operating_point(const RocCurve& curve, const std::vector<std::string>& groups,
                               const OperatingTarget& target, std::int64_t bootstrap_samples, double confidence,
                               std::uint64_t seed) {
  OperatingPoint found = operating_point(curve.points(), target);
  const GroupBootstrap bootstrap(groups, seed);
  std::vector<double> others;
  for (std::int64_t number = 0; number < bootstrap_samples; ++number) {
    const OperatingPoint drawn = operating_point(curve.points(bootstrap.weights(number)), target);
    others.push_back(target.measure == "sensitivity" ? drawn.specificity : drawn.sensitivity);
  }
  const Interval interval = percentile_interval(others, confidence);
  found.low = interval.low;
  found.high = interval.high;
  return found;
}

}  // namespace lanet
