#include "evaluate/significance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "core/nan.hpp"

namespace lanet {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Sum of squared distances from the mean.
double scatter(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

double pooled_variance(const std::vector<double>& left, const std::vector<double>& right) {
  return (scatter(left) + scatter(right)) / static_cast<double>(left.size() + right.size() - 2);
}

/// Sums of what is the same number in exact arithmetic may differ by rounding: that is no variance.
bool vanishes(double variance, double scale) { return variance <= 1e-24 * scale * scale; }

/// DeLong's structural components: how each positive stands against all negatives, and the reverse (ties count half).
struct Components {
  std::vector<double> positive;
  std::vector<double> negative;
  double area = 0;
};

Components components(const std::vector<double>& scores, const std::vector<bool>& positives) {
  std::vector<double> above, below;
  for (std::size_t image = 0; image < scores.size(); ++image)
    (positives[image] ? above : below).push_back(scores[image]);
  // Share of the sorted others that lie under a score, ties half.
  const auto share_under = [](const std::vector<double>& sorted, double score) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), score);
    const double under = static_cast<double>(first - sorted.begin()), tied = static_cast<double>(last - first);
    return (under + tied / 2) / static_cast<double>(sorted.size());
  };
  std::vector<double> sorted_above = above, sorted_below = below;
  std::sort(sorted_above.begin(), sorted_above.end());
  std::sort(sorted_below.begin(), sorted_below.end());
  Components parts;
  for (const double score : above) parts.positive.push_back(share_under(sorted_below, score));
  for (const double score : below) parts.negative.push_back(1 - share_under(sorted_above, score));
  parts.area = mean_of(parts.positive);
  return parts;
}

double variance_of_difference(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> difference(first.size());
  std::transform(first.begin(), first.end(), second.begin(), difference.begin(), std::minus<>());
  return scatter(difference) / static_cast<double>(first.size() - 1);
}

}  // namespace

Summary summarize(std::vector<double> values, double confidence) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  Summary summary{static_cast<std::int64_t>(values.size()), kNan, kNan, kNan, kNan};
  if (values.empty()) return summary;
  summary.mean = mean_of(values);
  if (values.size() < 2) return summary;
  const double freedom = static_cast<double>(values.size() - 1);
  summary.deviation = std::sqrt(scatter(values) / freedom);
  const double half = boost::math::quantile(boost::math::students_t(freedom), (1 + confidence) / 2) *
                      summary.deviation / std::sqrt(static_cast<double>(values.size()));
  summary.low = summary.mean - half;
  summary.high = summary.mean + half;
  return summary;
}

TestResult unpaired_t_test(const std::vector<double>& left, const std::vector<double>& right) {
  if (left.size() < 2 || right.size() < 2) return {kNan, kNan};
  const double difference = mean_of(left) - mean_of(right);
  const double variance = pooled_variance(left, right);
  const double scale = std::max(std::abs(mean_of(left)), std::abs(mean_of(right)));
  if (vanishes(variance, scale)) {
    if (vanishes(difference * difference, scale)) return {0, 1};
    return {std::copysign(std::numeric_limits<double>::infinity(), difference), difference > 0 ? 0.0 : 1.0};
  }
  const double statistic =
      difference /
      std::sqrt(variance * (1.0 / static_cast<double>(left.size()) + 1.0 / static_cast<double>(right.size())));
  const boost::math::students_t distribution(static_cast<double>(left.size() + right.size() - 2));
  return {statistic, boost::math::cdf(boost::math::complement(distribution, statistic))};
}

std::string stars(double p) {
  if (std::isnan(p)) return "";
  if (p < 0.0001) return "****";
  if (p < 0.001) return "***";
  if (p < 0.01) return "**";
  return p < 0.05 ? "*" : "ns";
}

AucComparison delong_test(const std::vector<double>& first, const std::vector<double>& second,
                          const std::vector<bool>& positives) {
  const auto positive_count = std::count(positives.begin(), positives.end(), true);
  const auto negative_count = static_cast<std::ptrdiff_t>(positives.size()) - positive_count;
  if (positive_count < 2 || negative_count < 2) return {kNan, kNan, kNan, kNan};
  const Components one = components(first, positives), two = components(second, positives);
  const double variance = variance_of_difference(one.positive, two.positive) / static_cast<double>(positive_count) +
                          variance_of_difference(one.negative, two.negative) / static_cast<double>(negative_count);
  AucComparison result{one.area, two.area, std::sqrt(variance), 1};
  const double difference = one.area - two.area;
  if (vanishes(variance, 1)) {
    result.p = vanishes(difference * difference, 1) ? 1 : 0;
    return result;
  }
  const double z = std::abs(difference) / result.standard_error;
  result.p = 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z));
  return result;
}

McNemarResult mcnemar_test(const std::vector<bool>& first_right, const std::vector<bool>& second_right) {
  McNemarResult result;
  for (std::size_t image = 0; image < first_right.size(); ++image) {
    if (first_right[image] && !second_right[image]) ++result.only_first_right;
    if (!first_right[image] && second_right[image]) ++result.only_second_right;
  }
  const std::int64_t discordant = result.only_first_right + result.only_second_right;
  result.p = 1;
  if (discordant == 0) return result;
  const boost::math::binomial distribution(static_cast<double>(discordant), 0.5);
  const auto fewer = static_cast<double>(std::min(result.only_first_right, result.only_second_right));
  result.p = std::min(1.0, 2 * boost::math::cdf(distribution, fewer));
  return result;
}

std::vector<double> holm(const std::vector<double>& p_values) {
  std::vector<std::size_t> order;
  for (std::size_t index = 0; index < p_values.size(); ++index)
    if (!std::isnan(p_values[index])) order.push_back(index);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size(), kNan);
  double highest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    highest = std::max(highest, p_values[order[rank]] * static_cast<double>(order.size() - rank));
    adjusted[order[rank]] = std::min(1.0, highest);
  }
  return adjusted;
}

double hedges_g(const std::vector<double>& left, const std::vector<double>& right) {
  if (left.size() < 2 || right.size() < 2) return kNan;
  const double difference = mean_of(left) - mean_of(right);
  const double variance = pooled_variance(left, right);
  if (vanishes(variance, std::max(std::abs(mean_of(left)), std::abs(mean_of(right))))) return kNan;
  const double freedom = static_cast<double>(left.size() + right.size() - 2);
  return difference / std::sqrt(variance) * (1 - 3 / (4 * freedom - 1));
}

double bootstrap_p(const std::vector<double>& differences) {
  double above = 0, below = 0, count = 0;
  for (const double difference : differences) {
    if (std::isnan(difference)) continue;
    ++count;
    above += difference >= 0 ? 1 : 0;
    below += difference <= 0 ? 1 : 0;
  }
  if (count == 0) return kNan;
  return std::clamp(2 * std::min(above, below) / count, 1 / count, 1.0);
}

}  // namespace lanet
