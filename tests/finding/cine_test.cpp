#include "finding/cine.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lanet {
namespace {

/// A mask of one row of six with `first` .. `last` inside; first < 0: without lesion.
Finding frame(double malignant, std::int64_t first, std::int64_t last) {
  Finding finding;
  finding.image_id = "f";
  finding.classes = {{"benign", 1 - malignant}, {"malignant", malignant}};
  finding.mask = make_mask(1, 6);
  for (std::int64_t column = first; first >= 0 && column <= last; ++column) finding.mask.at(0, column) = 1;
  finding.lesions = measure_lesions(finding.mask, std::nullopt);
  return finding;
}

TEST(CineSummary, TheSteadiestFrameByHand) {
  CineSummary summary(40);
  EXPECT_TRUE(summary.empty());
  EXPECT_THROW(summary.steadiest(), std::logic_error);
  summary.add(frame(0.9, 0, 0));    // overlap with the next: 1/2
  summary.add(frame(0.6, 0, 1));    // (1/2 + 2/3) / 2
  summary.add(frame(0.3, 0, 2));    // (2/3 + 1) / 2
  summary.add(frame(0.6, 0, 2));    // (1 + 0) / 2
  summary.add(frame(0.1, -1, -1));  // no lesion: not in the mean
  EXPECT_EQ(summary.steadiest(), 2U);
  EXPECT_NEAR(summary.mean_probabilities()[1].probability, 0.6, 1e-12);
  const auto json = nlohmann::json::parse(summary.json("name"));
  EXPECT_EQ(json.at("frames"), 5);
  EXPECT_EQ(json.at("frames_with_lesion"), 4);
  EXPECT_EQ(json.at("steadiest_frame"), 3);
  EXPECT_EQ(json.at("frame_ms"), 40);
  EXPECT_EQ(json.at("curve").size(), 5U);
}

TEST(CineSummary, WithoutLesionTheFrameNearestToTheMean) {
  CineSummary summary;
  for (const double probability : {0.1, 0.35, 0.9}) summary.add(frame(probability, -1, -1));
  EXPECT_EQ(summary.steadiest(), 1U);  // mean .45
}

}  // namespace
}  // namespace lanet
