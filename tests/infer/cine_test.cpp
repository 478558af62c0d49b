#include "finding/cine.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/csv.hpp"
#include "core/file.hpp"
#include "infer/predict_paths.hpp"
#include "support/dicom_bytes.hpp"
#include "support/fake_engine.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

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

TEST(PredictPaths, DicomFramesWithTheirRegionSizesAndSummary) {
  const TemporaryFolder folder;
  UltrasoundObject object;
  object.rows = 40;
  object.columns = 60;
  object.frames = 11;  // more than a batch
  write_file_atomically(folder / "in/1.2.3.4", ultrasound_file(object));
  object.frames = 1;
  write_file_atomically(folder / "in/still.dcm", ultrasound_file(object));
  write_file_atomically(folder / "in/broken.dcm", ultrasound_file(object).substr(0, 700));
  std::vector<std::string> problems;
  const auto files = collect_paths({(folder / "in").string()}, problems);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "1.2.3.4");  // a UID is no name with an extension
  FakeEngine engine({"benign", "malignant"}, 32, [](const Image&) {
    return RawPrediction{{0.2, 0.8}, {2, 2, {1, 0, 1, 0}}};
  });
  Finder finder(engine, {});
  SilentProgress silent;
  const auto result = predict_paths(finder, files, {folder / "out", true, true}, silent);
  EXPECT_EQ(result.findings, 12);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_TRUE(has(result.problems[0], "broken.dcm"));
  const auto summary = nlohmann::json::parse(read_file(folder / "out/1.2.3.4_summary.json"));
  EXPECT_EQ(summary.at("frames"), 11);
  EXPECT_EQ(summary.at("frame_ms"), 40);
  EXPECT_FALSE(std::filesystem::exists(folder / "out/still_summary.json"));
  const CsvTable table = read_csv(folder / "out/findings.csv");
  ASSERT_EQ(table.rows.size(), 12U);
  EXPECT_EQ(table.rows[10][1], "1.2.3.4_f0011");
  // The region is columns 1..4 and rows 0..2 (.2 x .1 mm); its left half is lesion.
  const auto cell = [&](const char* column) {
    return table.rows[11][static_cast<std::size_t>(table.require_column(column))];
  };
  EXPECT_EQ(cell("x1"), "1");
  EXPECT_EQ(cell("x2"), "3");
  EXPECT_EQ(cell("area_px"), "6");
  EXPECT_EQ(cell("longest_mm"), "0.50");  // the diagonal of 2 x .2 and 3 x .1 mm
}

}  // namespace
}  // namespace lanet
