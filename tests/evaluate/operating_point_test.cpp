#include "evaluate/operating_point.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace lanet {
namespace {

// By falling score: + + - + - -
const std::vector<double> kScores{0.9, 0.8, 0.7, 0.6, 0.5, 0.4};
const std::vector<bool> kPositives{true, true, false, true, false, false};

TEST(OperatingPoint, IsTheFirstThatReachesTheSensitivity) {
  const auto points = RocCurve(kScores, kPositives).points();
  const OperatingPoint some = operating_point(points, {"sensitivity", 0.6});
  EXPECT_EQ(some.threshold, 0.8);  // 2 of 3 positives, no negative
  EXPECT_NEAR(some.sensitivity, 2.0 / 3, 1e-12);
  EXPECT_EQ(some.specificity, 1);
  const OperatingPoint all = operating_point(points, {"sensitivity", 1});
  EXPECT_EQ(all.threshold, 0.6);
  EXPECT_NEAR(all.specificity, 2.0 / 3, 1e-12);
}

TEST(OperatingPoint, IsTheLastThatKeepsTheSpecificity) {
  const auto points = RocCurve(kScores, kPositives).points();
  const OperatingPoint point = operating_point(points, {"specificity", 0.66});
  EXPECT_EQ(point.threshold, 0.6);
  EXPECT_EQ(point.sensitivity, 1);
  EXPECT_TRUE(std::isnan(operating_point(std::vector<RocPoint>{}, {"specificity", 0.5}).threshold));
}

TEST(OperatingPoint, TheIntervalHoldsTheOtherMeasure) {
  const std::vector<std::string> groups(6, "");
  const OperatingPoint point = operating_point(RocCurve(kScores, kPositives), groups, {"sensitivity", 1}, 500, 0.95, 1);
  EXPECT_LE(point.low, 2.0 / 3);
  EXPECT_GE(point.high, 2.0 / 3);
  EXPECT_TRUE(std::isnan(operating_point(RocCurve(kScores, kPositives), groups, {"sensitivity", 1}, 0, 0.95, 1).low));
}

TEST(OperatingTarget, IsReadStrictly) {
  EXPECT_EQ(parse_operating_target("sensitivity=0.95").value, 0.95);
  EXPECT_EQ(parse_operating_target("specificity=90%").value, 0.9);
  for (const char* bad : {"", "sensitivity", "sensitivity=", "sensitivity=95", "auc=0.9", "sensitivity=1.1"})
    EXPECT_THROW(parse_operating_target(bad), ConfigError) << bad;
}

}  // namespace
}  // namespace lanet
