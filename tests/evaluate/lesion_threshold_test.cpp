#include "evaluate/lesion_threshold.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

// By falling probability of a lesion, + with one: + + - + + - -
const std::vector<LesionScore> kImages{{0.9, true, ""}, {0.80005, true, ""}, {0.7, false, ""}, {0.6, true, ""},
                                       {0.4, true, ""}, {0.3, false, ""},    {0.1, false, ""}};

TEST(LesionThreshold, IsTheHighestThatReachesTheSensitivity) {
  const auto half = choose_lesion_threshold(kImages, 0.5);
  ASSERT_TRUE(half);
  EXPECT_EQ(half->threshold, 0.8) << "0.80005, cut to four decimals";
  EXPECT_EQ(half->sensitivity, 0.5);
  EXPECT_EQ(half->specificity, 1);
  const auto most = choose_lesion_threshold(kImages, 0.75);
  EXPECT_NEAR(most->threshold, 0.6, 1e-4);
  EXPECT_EQ(most->sensitivity, 0.75);
  EXPECT_NEAR(most->specificity, 2.0 / 3, 1e-12);  // 0.7 lies above
  EXPECT_EQ(most->lesion_images, 4);
  EXPECT_EQ(most->normal_images, 3);
  EXPECT_LE(most->interval.low, 2.0 / 3);
  EXPECT_GE(most->interval.high, 2.0 / 3);
  // 95 % of four images are all four.
  EXPECT_NEAR(choose_lesion_threshold(kImages, 0.95)->threshold, 0.4, 1e-4);
  EXPECT_EQ(choose_lesion_threshold(kImages, 0.95)->sensitivity, 1);
}

TEST(LesionThreshold, NeedsBothKinds) {
  EXPECT_FALSE(choose_lesion_threshold({}, 0.95));
  EXPECT_FALSE(choose_lesion_threshold({{0.9, true, ""}}, 0.95));
  EXPECT_FALSE(choose_lesion_threshold({{0.9, false, ""}}, 0.95));
  EXPECT_THROW(choose_lesion_threshold(kImages, 0), ConfigError);
  EXPECT_THROW(choose_lesion_threshold(kImages, std::nan("")), ConfigError);
}

TEST(LesionThreshold, ChosenElsewhereIsMeasured) {
  const LesionThreshold measured = measured_lesion_threshold(kImages, 0.65);
  EXPECT_EQ(measured.threshold, 0.65);
  EXPECT_EQ(measured.sensitivity, 0.5) << "0.9 and 0.80005 of four";
  EXPECT_NEAR(measured.specificity, 2.0 / 3, 1e-12) << "0.7 lies above";
  EXPECT_EQ(lesion_threshold_text(measured, 0.5, std::nullopt).substr(0, 42),
            "lesion threshold 0.5 -> 0.65, as it was gi");
}

TEST(LesionThreshold, IsSaidInWords) {
  EXPECT_EQ(lesion_threshold_text(choose_lesion_threshold(kImages, 0.5, 0), 0.5, 0.5),
            "lesion threshold 0.5 -> 0.8, chosen to see 50.0 % of the images with a lesion\n"
            "  seen: 50.0 % of 4 images with a lesion\n"
            "  called free of lesions: 100.0 % of 3 normal images");
  EXPECT_EQ(lesion_threshold_text(std::nullopt, 0.3, 0.95),
            "lesion threshold stays 0.3: to choose it, both images with a lesion and normal images are needed");
  EXPECT_TRUE(has(lesion_threshold_text(choose_lesion_threshold(kImages, 0.75), 0.5, 0.75), "66.7 % ["));
}

}  // namespace
}  // namespace lanet
