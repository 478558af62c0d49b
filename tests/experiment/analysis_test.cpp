#include "experiment/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/version.hpp"
#include "dataset/split.hpp"
#include "experiment/runner.hpp"
#include "experiment/suite_figures.hpp"
#include "experiment/suite_report.hpp"
#include "finding/finding_json.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// Cells whose results are written by hand, without any training.
class AnalysisTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("LANET_HOME", LANET_SOURCE_DIR, 1);
    write_phantoms(folder_ / "data", 12, 4, 4);
    suite_.name = "by_hand";
    suite_.preset = "lite0_256";
    suite_.data = {(folder_ / "data").string()};
    suite_.backbones = {"efficientnet_lite0"};
    suite_.heads = {"vanilla", "la_net"};
    suite_.seeds = {1, 2};
    suite_.metrics = {"accuracy", "auc", "jsi"};
    cells_ = make_cells(suite_, {});
  }

  /// p: probability of malignant for four images, benign and malignant in turn.
  void finish(const Cell& cell, const std::vector<double>& p, double jsi, const std::string& prefix = "phantom_") {
    std::vector<ImageResult> results;
    for (std::size_t image = 0; image < p.size(); ++image) {
      ImageResult result;
      result.id = prefix + std::to_string(image);
      result.group = "patient_" + std::to_string(image);
      result.truth_class = static_cast<std::int64_t>(image % 2);
      result.probabilities = {1 - p[image], p[image]};
      result.location = Location::kMask;
      if (locates(cell.head)) result.jsi = jsi + 0.01 * static_cast<double>(image);
      results.push_back(result);
    }
    const std::string csv = results_to_csv(results, {"benign", "malignant"});
    write_file_atomically(cell_run(out(), cell) / "predictions_test.csv", csv);
    write_file_atomically(cell_run(out(), cell) / "predictions_val.csv", csv);
    write_cell_record(out(), cell, {CellState::kComplete, "", 60, "host", "2024-05-01T12:00:00Z", {}, {}});
  }

  const Cell& cell(const std::string& head, std::int64_t seed) const {
    for (const Cell& candidate : cells_)
      if (candidate.head == head && candidate.seed == seed) return candidate;
    throw std::logic_error("no such cell");
  }

  void finish_all() {
    finish(cell("vanilla", 1), {0.2, 0.4, 0.3, 0.9}, 0);   // accuracy 3/4, AUC 1
    finish(cell("vanilla", 2), {0.6, 0.4, 0.3, 0.9}, 0);   // accuracy 2/4, AUC 3/4
    finish(cell("la_net", 1), {0.1, 0.8, 0.2, 0.9}, 0.5);  // accuracy 1
    finish(cell("la_net", 2), {0.3, 0.8, 0.2, 0.9}, 0.6);
  }

  fs::path out() const { return folder_ / "out"; }

  TemporaryFolder folder_;
  Suite suite_;
  std::vector<Cell> cells_;
};

TEST_F(AnalysisTest, MeansOverSeedsAndTests) {
  finish_all();
  const SuiteResult result = analyse(suite_, cells_, out());
  ASSERT_EQ(result.groups.size(), 2u);
  EXPECT_EQ(result.groups[0].images, 4);
  EXPECT_EQ(result.groups[0].groups, 4);
  EXPECT_NEAR(result.groups[0].metrics.at("accuracy").mean, 0.625, 1e-12);
  EXPECT_NEAR(result.groups[0].metrics.at("auc").mean, 0.875, 1e-12);
  EXPECT_EQ(result.groups[0].metrics.at("jsi").count, 0);
  // .5 + (0 + .01 + .02 + .03) / 4 and .6 + ...
  EXPECT_NEAR(result.groups[1].metrics.at("jsi").mean, 0.565, 1e-12);
  ASSERT_EQ(result.comparisons.size(), 2u);  // accuracy and AUC; vanilla has no JSI
  const Comparison& accuracy = result.comparisons[0];
  EXPECT_EQ(accuracy.metric, "accuracy");
  EXPECT_NEAR(accuracy.difference, 0.375, 1e-12);
  // (1, 1) against (.75, .5): t = .375 / sqrt(.015625 * (1/2 + 1/2)) = 3
  EXPECT_NEAR(accuracy.t.statistic, 3, 1e-9);
  EXPECT_EQ(accuracy.test, "McNemar");
  EXPECT_GE(accuracy.interval.high, 0.375);
  EXPECT_EQ(result.comparisons[1].test, "DeLong");
}

TEST_F(AnalysisTest, AMissingRepeatIsCountedAndLeftOut) {
  finish(cell("la_net", 1), {0.1, 0.8, 0.2, 0.9}, 0.5);
  const SuiteResult result = analyse(suite_, cells_, out());
  EXPECT_EQ(result.groups[0].missing, 2);
  EXPECT_EQ(result.groups[1].missing, 1);
  EXPECT_TRUE(result.comparisons.empty());
  EXPECT_EQ(result_table(result).rows[0].back(), "not run");
}

TEST_F(AnalysisTest, OtherTestImagesAreRefused) {
  finish_all();
  finish(cell("la_net", 2), {0.3, 0.8, 0.2, 0.9}, 0.6, "other_");
  EXPECT_TRUE(has(refusal<DataError>([&] { analyse(suite_, cells_, out()); }), "other test images"));
}

TEST_F(AnalysisTest, DamagedResultsAreOneLine) {
  finish_all();
  write_file_atomically(cell_folder(out(), cells_[0]) / "cell.json", "{\"format\": 1");
  EXPECT_THROW(read_cell_record(out(), cells_[0]), DataError);
  write_file_atomically(cell_folder(out(), cells_[0]) / "cell.json", "{\"format\": 7}");
  EXPECT_TRUE(has(refusal<DataError>([&] { read_cell_record(out(), cells_[0]); }), "format 7"));
}

TEST_F(AnalysisTest, FiguresTablesAndReport) {
  finish_all();
  const SuiteResult result = analyse(suite_, cells_, out());
  const auto bars = bar_figures(result);
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_EQ(bars[0].rows.size(), 6u);  // 3 metrics x 2 heads
  EXPECT_TRUE(has(bars[0].caption, "4 images, 4 patients or clusters, 2 runs"));
  EXPECT_TRUE(has(bars[0].commands, "\"*\"")) << "p of t = 3 with 2 degrees of freedom is .048";
  const SuiteTable table = result_table(result);
  EXPECT_TRUE(has(table.markdown(), "| LA-Net |"));
  EXPECT_TRUE(has(table.latex(), "\\begin{tabular}"));
  EXPECT_TRUE(has(table.latex(), "100 \\%"));
  const fs::path page = write_suite_report(suite_, {result}, {cells_}, out());
  const std::string html = read_file(page);
  EXPECT_TRUE(has(html, "<svg"));
  EXPECT_TRUE(has(html, "In all rows: data data; network EfficientNet-Lite0; size 256; level preset"))
      << "the values' table is left with what differs";
  EXPECT_FALSE(has(html, "src=\"http"));
  for (const char* name :
       {"figures/by_hand_data_efficientnet_lite0_256.png", "figures/by_hand_data_efficientnet_lite0_256.csv",
        "tables/by_hand.tex", "tables/by_hand_comparisons.md"})
    EXPECT_TRUE(fs::exists(out() / "by_hand" / name)) << name;
}

TEST_F(AnalysisTest, PanelsShowEachNetworkOnTheSameImages) {
  suite_.kind = "panels";
  finish_all();
  std::string lines;
  for (int image = 0; image < 4; ++image) {
    Finding finding;
    finding.image_id = "phantom_" + std::to_string(image);
    finding.mask = make_phantom(image % 2 == 1, static_cast<std::uint64_t>(image)).mask;
    lines += to_json_line(finding) + "\n";
  }
  for (const Cell& each : cells_) write_file_atomically(cell_run(out(), each) / "findings_test.jsonl", lines);
  write_suite_report(suite_, {analyse(suite_, cells_, out())}, {cells_}, out());
  const fs::path figures = out() / "by_hand/figures";
  const CsvTable table = read_csv(figures / "by_hand_panels.csv");
  ASSERT_EQ(table.rows.size(), 4u);  // LA-Net on four images; vanilla has no mask
  EXPECT_EQ(table.rows[0][1], "phantom_3") << "the best first";
  EXPECT_EQ(table.rows[0][2], "0.530");
  for (const auto& row : table.rows) EXPECT_TRUE(fs::exists(figures / row[3])) << row[3];
  const std::string svg = read_file(figures / "by_hand_panels.svg");
  EXPECT_TRUE(has(svg, "phantom_0, JSI 0.500"));
  EXPECT_TRUE(has(svg, "data:image/jpeg;base64,"));
}

TEST_F(AnalysisTest, FiveHundredCellsAreListedAndTimed) {
  suite_.seeds.clear();
  for (int seed = 0; seed < 250; ++seed) suite_.seeds.push_back(seed);
  cells_ = make_cells(suite_, {});
  ASSERT_EQ(cells_.size(), 500u);
  for (int seed = 0; seed < 20; ++seed) finish(cell("la_net", seed), {0.1, 0.8, 0.2, 0.9}, 0.5);
  EXPECT_EQ(TimeEstimate(cells_, out()).seconds(cell("la_net", 249)), 60);
  EXPECT_TRUE(stale_cells(out(), cells_).empty());
  const SuiteResult result = analyse(suite_, cells_, out());
  EXPECT_EQ(result.groups[1].missing, 230);
  EXPECT_EQ(result.groups[1].metrics.at("auc").count, 20);
}

TEST_F(AnalysisTest, LinesBeginAtVanilla) {
  suite_.kind = "lines";
  suite_.location_shares = {0.5, 1};
  cells_ = make_cells(suite_, {});
  for (const Cell& each : cells_) finish(each, {0.1, 0.8, 0.2, 0.9}, 0.5);
  const auto lines = line_figures(analyse(suite_, cells_, out()));
  ASSERT_EQ(lines.size(), 3u);
  std::vector<std::string> shares;
  for (const auto& row : lines[0].rows) shares.push_back(row[1]);
  EXPECT_EQ(shares, (std::vector<std::string>{"0", "50", "100"}));
  EXPECT_FALSE(draw_figure(lines[0], folder_ / "figures").empty());
}

TEST_F(AnalysisTest, ExpectedTimeComesFromFinishedCells) {
  finish(cell("la_net", 1), {0.1, 0.8, 0.2, 0.9}, 0.5);
  const TimeEstimate estimate(cells_, out());
  EXPECT_EQ(estimate.seconds(cell("la_net", 2)), 60);
  // 12 images through 50 epochs at about 40 images/s (EfficientNet-Lite0), and 6 s to start
  const auto epochs = std::stod(cell("vanilla", 2).settings.at("stage2.epochs"));
  EXPECT_NEAR(estimate.seconds(cell("vanilla", 2)), 6 + 12 * epochs / 40, 12 * epochs / 40 * 0.1);
}

TEST_F(AnalysisTest, CellsOfOtherDataVersionsAndSettingsAreNamed) {
  EXPECT_TRUE(stale_cells(out(), cells_).empty());  // no results folder yet
  finish(cell("la_net", 1), {0.1, 0.8, 0.2, 0.9}, 0.5);
  finish(cell("la_net", 2), {0.1, 0.8, 0.2, 0.9}, 0.5);
  GridOptions longer;
  longer.assignments = {"stage2.epochs=77"};
  ASSERT_EQ(stale_cells(out(), make_cells(suite_, longer)).size(), 2u);
  EXPECT_EQ(stale_cells(out(), make_cells(suite_, longer))[0].why, "other settings");
  EXPECT_TRUE(stale_cells(out(), cells_).empty()) << "a grid's own cells";
  const fs::path record = cell_folder(out(), cell("la_net", 2)) / "cell.json";
  std::string text = read_file(record);
  text.replace(text.find(kVersion), std::string(kVersion).size(), "0.0.1");
  write_file_atomically(record, text);
  Split split = read_split(folder_ / "data/split.csv");
  std::swap(split.subset_of.at("phantom_0"), split.subset_of.at("phantom_11"));
  write_split(folder_ / "data/split.csv", split);
  const auto stale = stale_cells(out(), make_cells(suite_, {}));
  ASSERT_EQ(stale.size(), 2u);
  EXPECT_EQ(stale[0].why, "other images, labels or split");
  EXPECT_EQ(stale[1].why, "another version of lanet (0.0.1)");
  write_file_atomically(record, "{");
  EXPECT_EQ(stale_cells(out(), make_cells(suite_, {})).size(), 1u) << "a damaged record stops nothing";
}

TEST_F(AnalysisTest, CalibrationHasBrierAndError) {
  finish_all();
  const SuiteTable table = calibration_table(analyse(suite_, cells_, out()));
  const auto column = std::find(table.columns.begin(), table.columns.end(), "Brier") - table.columns.begin();
  // vanilla: (.2^2 + .6^2 + .3^2 + .1^2) / 4 = .125 and (.6^2 + .6^2 + .3^2 + .1^2) / 4 = .205; mean .165
  EXPECT_TRUE(table.rows.at(0).at(static_cast<std::size_t>(column)).starts_with("0.165 [")) << table.markdown();
}

TEST_F(AnalysisTest, AFailingCellStopsNoOther) {
  write_file_atomically(folder_ / "lanet", "#!/bin/sh\necho 'lanet: no such thing'\nexit 1\n");
  fs::permissions(folder_ / "lanet", fs::perms::owner_all);
  finish(cell("la_net", 1), {0.1, 0.8, 0.2, 0.9}, 0.5);
  SilentProgress progress;
  RunnerOptions options;
  options.results = out();
  options.program = folder_ / "lanet";
  const RunnerOutcome outcome = run_cells(cells_, options, progress);
  EXPECT_EQ(outcome.before, 1);
  ASSERT_EQ(outcome.failed.size(), 3u);
  EXPECT_TRUE(has(outcome.failed[0], ": no such thing"));
  EXPECT_EQ(read_cell_record(out(), cell("vanilla", 1)).state, CellState::kBroken);
  options.shards = 4;
  options.shard = 2;
  EXPECT_EQ(run_cells(cells_, options, progress).failed.size() +
                static_cast<std::size_t>(run_cells(cells_, options, progress).before),
            1u);
}

TEST_F(AnalysisTest, SlurmScriptHandsOnTheShard) {
  const std::string script = slurm_script({"lanet", "experiment", "fig5"}, 8, "/data/my study");
  EXPECT_TRUE(has(script, "--array=1-8"));
  EXPECT_TRUE(has(script, "'fig5' --shard \"$SLURM_ARRAY_TASK_ID/8\""));
  EXPECT_TRUE(has(script, "cd '/data/my study' || exit 1\n"));
  EXPECT_TRUE(has(slurm_script({"lanet", "it's"}, 2, "/"), "'it'\\''s'")) << "words survive the shell";
}

}  // namespace
}  // namespace lanet
