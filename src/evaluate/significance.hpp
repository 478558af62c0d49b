#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluate/bootstrap.hpp"

namespace lanet {

/// Mean, sample standard deviation and Student-t interval of repeats (NaN values are left out). No value: all NaN; one
/// value: deviation and interval NaN.
struct Summary {
  std::int64_t count = 0;
  double mean = 0;
  double deviation = 0;
  double low = 0;
  double high = 0;
};
Summary summarize(std::vector<double> values, double confidence = 0.95);

/// A test's outcome; NaN where it is not defined.
struct TestResult {
  double statistic = 0;
  double p = 0;
};

/// Unpaired one-sided t-test of the paper, equal variances: null hypothesis mean(left) <= mean(right). Fewer than two
/// values on a side: NaN. All values equal: p is 1, or 0 where left's mean is the higher one.
TestResult unpaired_t_test(const std::vector<double>& left, const std::vector<double>& right);

/// "ns", "*" < .05, "**" < .01, "***" < .001, "****" < .0001; "" for NaN.
std::string stars(double p);

/// Difference of two areas under the ROC curve on the same images (DeLong et al. 1988, two-sided). NaN unless both
/// classes have at least two images; p is 1 where both rank every pair alike.
struct AucComparison {
  double first = 0;
  double second = 0;
  double standard_error = 0;  // of first - second
  double p = 0;
};
AucComparison delong_test(const std::vector<double>& first, const std::vector<double>& second,
                          const std::vector<bool>& positives);

/// Exact McNemar test of two deciders on the same images (two-sided binomial). No disagreement: p is 1.
struct McNemarResult {
  std::int64_t only_first_right = 0;
  std::int64_t only_second_right = 0;
  double p = 0;
};
McNemarResult mcnemar_test(const std::vector<bool>& first_right, const std::vector<bool>& second_right);

/// Holm (1979): adjusted p-values in the given order, never above 1. NaN stays NaN and is not counted.
std::vector<double> holm(const std::vector<double>& p_values);

/// Hedges' g: difference of the means over the pooled deviation, corrected for few values. NaN with fewer than two
/// values a side or without deviation.
double hedges_g(const std::vector<double>& left, const std::vector<double>& right);

/// Two-sided bootstrap p of "no difference": twice the smaller share of differences on either side of zero, at least 1
/// / their number. NaN without numbers.
double bootstrap_p(const std::vector<double>& differences);

}  // namespace lanet
