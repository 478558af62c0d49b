// Reference values by tools/statistics_reference.py (scipy, statsmodels).
#include "evaluate/significance.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "evaluate/calibration.hpp"

namespace lanet {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kLeft{0.81, 0.84, 0.79}, kRight{0.76, 0.80, 0.77};

TEST(Summary, MeanDeviationAndInterval) {
  const Summary summary = summarize({0.81, kNan, 0.84, 0.79});
  EXPECT_EQ(summary.count, 3);
  // (.81 + .84 + .79) / 3; squares of -.00333, .02667, -.02333 sum to .0012667, / 2 = .00063333
  EXPECT_NEAR(summary.mean, 0.8133333333, 1e-9);
  EXPECT_NEAR(summary.deviation, std::sqrt(0.00063333333), 1e-9);
  EXPECT_NEAR(summary.low, 0.7508172385395757, 1e-9);
  EXPECT_NEAR(summary.high, 0.875849428127091, 1e-9);
}

TEST(Summary, OneValueHasNoInterval) {
  EXPECT_TRUE(std::isnan(summarize({0.5}).low));
  EXPECT_TRUE(std::isnan(summarize({}).mean));
}

TEST(UnpairedTTest, AsScipy) {
  EXPECT_NEAR(unpaired_t_test(kLeft, kRight).statistic, 1.9445436482630047, 1e-9);
  EXPECT_NEAR(unpaired_t_test(kLeft, kRight).p, 0.061864940852253594, 1e-9);
  EXPECT_NEAR(unpaired_t_test({0.9, 0.8}, {0.7, 0.75}).p, 0.07742287263574162, 1e-9);
}

TEST(UnpairedTTest, EqualValuesAndTooFew) {
  EXPECT_EQ(unpaired_t_test({0.7, 0.7}, {0.7, 0.7}).p, 1);
  EXPECT_EQ(unpaired_t_test({0.8, 0.8}, {0.7, 0.7}).p, 0);
  EXPECT_EQ(unpaired_t_test({0.6, 0.6}, {0.7, 0.7}).p, 1);
  EXPECT_TRUE(std::isnan(unpaired_t_test({0.8}, {0.7, 0.6}).p));
}

TEST(Stars, TheirBorders) {
  EXPECT_EQ(stars(0.05), "ns");
  EXPECT_EQ(stars(0.049), "*");
  EXPECT_EQ(stars(0.0099), "**");
  EXPECT_EQ(stars(0.00099), "***");
  EXPECT_EQ(stars(0.000099), "****");
  EXPECT_EQ(stars(kNan), "");
}

const std::vector<double> kFirstScores{0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4, 0.4, 0.3, 0.2};
const std::vector<double> kSecondScores{0.7, 0.9, 0.4, 0.6, 0.3, 0.5, 0.6, 0.2, 0.35, 0.1};
const std::vector<bool> kPositive{true, true, true, false, true, false, true, false, false, false};

TEST(DeLong, WithTies) {
  const AucComparison result = delong_test(kFirstScores, kSecondScores, kPositive);
  EXPECT_NEAR(result.first, 0.86, 1e-12);
  EXPECT_NEAR(result.second, 0.78, 1e-12);
  EXPECT_NEAR(result.standard_error, 0.16062378404209013, 1e-12);
  EXPECT_NEAR(result.p, 0.6184429896752393, 1e-9);
}

TEST(DeLong, SameScoresAndAnAbsentClass) {
  EXPECT_EQ(delong_test(kFirstScores, kFirstScores, kPositive).p, 1);
  EXPECT_TRUE(std::isnan(delong_test({0.1, 0.2, 0.3}, {0.1, 0.2, 0.3}, {false, false, false}).p));
}

std::vector<bool> repeat(bool value, std::size_t count, std::vector<bool> before = {}) {
  before.insert(before.end(), count, value);
  return before;
}

TEST(McNemar, ExactBinomial) {
  const auto first = repeat(false, 8, repeat(true, 2)), second = repeat(true, 8, repeat(false, 2));
  const McNemarResult result = mcnemar_test(first, second);
  EXPECT_EQ(result.only_first_right, 2);
  EXPECT_EQ(result.only_second_right, 8);
  // 2 (1 + 10 + 45) / 2^10
  EXPECT_NEAR(result.p, 0.109375, 1e-12);
  EXPECT_EQ(mcnemar_test(first, first).p, 1);
  const auto half = repeat(false, 5, repeat(true, 5)), other = repeat(true, 5, repeat(false, 5));
  EXPECT_EQ(mcnemar_test(half, other).p, 1);
}

TEST(Holm, StepsDown) {
  const auto adjusted = holm({0.01, 0.04, kNan, 0.03, 0.005});
  // sorted .005 x 4, .01 x 3, .03 x 2, .04 x 1, never falling
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12);
  EXPECT_TRUE(std::isnan(adjusted[2]));
  EXPECT_NEAR(adjusted[3], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[4], 0.02, 1e-12);
}

TEST(HedgesG, PooledAndCorrected) {
  EXPECT_NEAR(hedges_g(kLeft, kRight), 1.270170592217176, 1e-9);
  EXPECT_TRUE(std::isnan(hedges_g({0.5, 0.5}, {0.5, 0.5})));
}

TEST(BootstrapP, TwiceTheSmallerSide) {
  EXPECT_NEAR(bootstrap_p({-1, 1, 2, 3, 4, 5, 6, 7, 8, 9}), 0.2, 1e-12);
  EXPECT_NEAR(bootstrap_p({1, 2, 3, 4}), 0.25, 1e-12);
  EXPECT_EQ(bootstrap_p({0, 0}), 1);
  EXPECT_TRUE(std::isnan(bootstrap_p({kNan})));
}

TEST(Temperature, ScalesTheLogits) {
  // log odds ln 4 halved: 2 / 3
  const auto scaled = scale_temperature({{0.2, 0.8}, {1, 0}}, 2);
  EXPECT_NEAR(scaled[0][1], 2.0 / 3, 1e-12);
  EXPECT_NEAR(scaled[1][0] + scaled[1][1], 1, 1e-12);
}

TEST(Temperature, FitMakesTheMeanRight) {
  // Says 0.9 and is right 3 times of 4: the best constant is 3/4, log odds ln 9 / T = ln 3, so T = 2.
  const std::vector<std::vector<double>> rows(4, {0.1, 0.9});
  EXPECT_NEAR(fit_temperature(rows, {1, 1, 1, 0}), 2, 1e-4);
  EXPECT_EQ(fit_temperature({}, {}), 1);
}

TEST(DecisionCurve, NetBenefitByHand) {
  const auto curve = decision_curve({0.9, 0.6, 0.4, 0.1}, {true, false, true, false});
  ASSERT_EQ(curve.size(), 99u);
  // At .5: one hit, one false alarm of four, odds 1: 0. All: 1/2 - 1/2. At .2: 2/4 - 1/4 * 1/4.
  EXPECT_NEAR(curve[49].model, 0, 1e-12);
  EXPECT_NEAR(curve[49].all, 0, 1e-12);
  EXPECT_NEAR(curve[19].model, 0.4375, 1e-12);
  EXPECT_NEAR(curve[19].all, 0.375, 1e-12);
  EXPECT_TRUE(decision_curve({}, {}).empty());
}

}  // namespace
}  // namespace lanet
