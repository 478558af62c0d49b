#include "evaluate/score.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "evaluate/overlap.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "support/fake_engine.hpp"
#include "support/phantom_dataset.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

Prediction prediction_of(const ProbabilityMap& grid, std::int64_t height, std::int64_t width) {
  FakeEngine engine({"benign", "malignant"}, 64, [&](const Image&) { return RawPrediction{{0.3, 0.7}, grid}; });
  Finder finder(engine, {});
  return finder.find({"x", make_image(height, width, 1), {}, {}});
}

Sample sample_of(Location location) {
  Sample sample;
  sample.id = "x";
  sample.location = location;
  return sample;
}

TEST(ScoreImage, ThePerfectGridReachesTheCeiling) {
  const Mask truth = make_phantom(true, 4, 128, 160).mask;
  const ProbabilityMap grid = area_average(resize(truth, 64, 64), 16, 16);
  const ImageResult result = score_image(sample_of(Location::kMask), 1, prediction_of(grid, 128, 160), truth, 64);
  EXPECT_NEAR(*result.jsi, *result.ceiling_jsi, 1e-12);
  EXPECT_GT(*result.jsi, 0.7);
  EXPECT_GT(*result.dice, *result.jsi);
  EXPECT_GT(*result.jsi_input, 0.7);
  EXPECT_TRUE(result.hd95_px);
  EXPECT_FALSE(result.hd95_mm);
  EXPECT_EQ(result.true_lesions, 1);
  ASSERT_EQ(result.candidates.size(), 1U);
  EXPECT_EQ(result.candidates[0].hits, 0);
  EXPECT_EQ(result.probabilities[1], 0.7);
}

TEST(ScoreImage, MillimetresFollowTheSpacing) {
  const Mask truth = fill_boxes({{20, 20, 60, 60}}, 128, 128);
  Sample sample = sample_of(Location::kMask);
  sample.spacing = PixelSpacing{0.5, 0.5};
  const ProbabilityMap grid = area_average(resize(truth, 64, 64), 8, 8);
  const ImageResult result = score_image(sample, 1, prediction_of(grid, 128, 128), truth, 64);
  EXPECT_NEAR(*result.assd_mm, *result.assd_px / 2, 1e-5);
}

TEST(ScoreImage, BoxesAreComparedWithBoxes) {
  // A disc fills its rectangle by pi / 4; its box agrees nearly.
  const Mask disc = make_phantom(true, 4, 128, 128).mask;
  const Mask box = fill_boxes({*bounding_box(disc)}, 128, 128);
  const Prediction prediction = prediction_of(area_average(resize(disc, 64, 64), 32, 32), 128, 128);
  EXPECT_GT(*score_image(sample_of(Location::kBoxes), 1, prediction, box, 64).jsi, 0.85);
  EXPECT_LT(*score_image(sample_of(Location::kMask), 1, prediction, box, 64).jsi, 0.85);
}

TEST(ScoreImage, ImagesWithoutALesionGiveFalseAlarmsOnly) {
  ProbabilityMap grid{2, 2, {1, 0, 1, 0}};
  const ImageResult result =
      score_image(sample_of(Location::kEmpty), 0, prediction_of(grid, 100, 100), make_mask(100, 100), 64);
  EXPECT_FALSE(result.jsi);
  EXPECT_NEAR(*result.false_area, 0.5, 1e-12);
  ASSERT_EQ(result.candidates.size(), 1U);
  EXPECT_EQ(result.candidates[0].hits, -1);
  const ImageResult unknown = score_image(sample_of(Location::kNone), 0, prediction_of(grid, 100, 100), {}, 64);
  EXPECT_FALSE(unknown.jsi);
  EXPECT_FALSE(unknown.false_area);
}

TEST(ScoreImage, AnImageThatIsCalledNormalHasNothingMarked) {
  // The grid marks the left half, the class is normal.
  FakeEngine engine({"benign", "malignant", "normal"}, 64, [](const Image&) {
    return RawPrediction{{0.1, 0.1, 0.8}, {2, 2, {1, 0, 1, 0}}};
  });
  const Prediction prediction = Finder(engine, {}).find({"x", make_image(100, 100, 1), {}, {}});
  const ImageResult normal = score_image(sample_of(Location::kEmpty), 2, prediction, make_mask(100, 100), 64);
  EXPECT_EQ(*normal.false_area, 0);
  EXPECT_TRUE(normal.candidates.empty());
  const Mask truth = fill_boxes({{0, 0, 50, 100}}, 100, 100);
  const ImageResult missed = score_image(sample_of(Location::kMask), 1, prediction, truth, 64);
  EXPECT_EQ(*missed.jsi, 0);
  EXPECT_EQ(*missed.jsi_input, 0);
  EXPECT_TRUE(missed.candidates.empty());
  EXPECT_EQ(missed.true_lesions, 1);
}

TEST(ScoreImage, NothingPredictedIsZeroNotMissing) {
  ProbabilityMap grid{2, 2, {0, 0, 0, 0}};
  const Mask truth = fill_boxes({{20, 20, 60, 60}}, 100, 100);
  const ImageResult result = score_image(sample_of(Location::kMask), 1, prediction_of(grid, 100, 100), truth, 64);
  EXPECT_EQ(*result.jsi, 0);
  EXPECT_EQ(*result.dice, 0);
  EXPECT_FALSE(result.hd95_px);
}

TEST(ScoreDataset, GoesThroughAllImagesInOrder) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 20);
  FakeEngine engine({"benign", "malignant"}, 64, [](const Image&) {
    return RawPrediction{{0.3, 0.7}, {1, 1, {0.9F}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  int seen = 0;
  const auto results =
      score_dataset(finder, manifest, ids, silent,
                    [&](const Sample&, const Image&, const Prediction&, const ImageResult&) { ++seen; });
  ASSERT_EQ(results.size(), 20U);
  EXPECT_EQ(seen, 20);
  for (std::size_t index = 0; index < results.size(); ++index) {
    EXPECT_EQ(results[index].id, ids[index]);
    EXPECT_EQ(results[index].truth_class, static_cast<std::int64_t>(index % 2));
    EXPECT_EQ(results[index].group, manifest.samples[index].group);
  }
  EXPECT_THROW(score_dataset(finder, manifest, {"none"}, silent), DataError);
}

TEST(ScoreDataset, AClassThatTheModelDoesNotKnowIsRefused) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 1);
  manifest.samples[0].class_name = "normal";
  FakeEngine engine({"benign", "malignant"}, 64, [](const Image&) { return RawPrediction{{0.3, 0.7}, {}}; });
  Finder finder(engine, {});
  SilentProgress silent;
  EXPECT_THROW(score_dataset(finder, manifest, {"phantom_0"}, silent), DataError);
  EXPECT_EQ(engine.calls, 0);
}

}  // namespace
}  // namespace lanet
