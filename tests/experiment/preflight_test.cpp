#include "experiment/preflight.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "experiment/runner.hpp"
#include "experiment/suite_report.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

class PreflightTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("LANET_HOME", LANET_SOURCE_DIR, 1);
    write_phantoms(folder_ / "data", 12, 4, 4);
    suite_.name = "by_hand";
    suite_.preset = "lite0_256";
    suite_.data = {(folder_ / "data").string()};
    suite_.backbones = {"efficientnet_lite0"};
    suite_.heads = {"vanilla", "rmtl", "la_net"};
    suite_.seeds = {1, 2};
  }
  /// The manifest with every location label taken out of its first `count` images.
  void forget_locations(std::size_t count) {
    Manifest manifest = read_manifest(folder_ / "data");
    for (std::size_t index = 0; index < std::min(count, manifest.samples.size()); ++index) {
      manifest.samples[index].masks.clear();
      manifest.samples[index].boxes.clear();
      manifest.samples[index].location = Location::kNone;
    }
    write_manifest(folder_ / "data" / kManifestName, manifest);
  }
  Preflight check(const GridOptions& options = {}) const {
    return check_before_training(make_cells(suite_, options), folder_ / "out");
  }

  TemporaryFolder folder_;
  Suite suite_;
};

TEST_F(PreflightTest, NothingStandsInTheWayOfWhatCanBeTrained) {
  EXPECT_TRUE(check().problems.empty());
  EXPECT_TRUE(check_before_training({}, folder_ / "out").problems.empty());
}

TEST_F(PreflightTest, MissingWeightsAreOneLineForAllTrainings) {
  suite_.backbones = {"efficientnet_lite0", "resnet18"};
  const Preflight found = check({{}, {"weights=/no/such/WEIGHTS.safetensors"}, {}});
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_TRUE(has(found.problems[0], "/no/such/WEIGHTS.safetensors")) << found.problems[0];
  EXPECT_TRUE(has(found.problems[0], "12 trainings need")) << found.problems[0];  // 2 backbones, 3 heads, 2 seeds
  EXPECT_TRUE(has(found.problems[0], "lanet weights import")) << found.problems[0];
  EXPECT_TRUE(check({{}, {"weights=none"}, {}}).problems.empty());
}

TEST_F(PreflightTest, HeadsThatLearnFromLocationsNeedSome) {
  forget_locations(1000);
  const Preflight none = check();
  ASSERT_EQ(none.problems.size(), 1u);
  EXPECT_TRUE(has(none.problems[0], "4 trainings need")) << none.problems[0];  // rmtl and la_net, 2 seeds
  EXPECT_TRUE(check({{}, {}, {"head=vanilla"}}).problems.empty());
}

TEST_F(PreflightTest, RmtlNeedsALocationForEveryImage) {
  forget_locations(3);
  const Preflight found = check();
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_TRUE(has(found.problems[0], "3 images without a location label")) << found.problems[0];
  EXPECT_TRUE(check({{}, {}, {"head=la_net"}}).problems.empty());
}

TEST_F(PreflightTest, PatientsOnBothSidesAreSaid) {
  Manifest manifest = read_manifest(folder_ / "data");
  for (Sample& sample : manifest.samples) sample.group = "";
  write_manifest(folder_ / "data" / kManifestName, manifest);
  ASSERT_EQ(check().notes.size(), 1u);
  EXPECT_TRUE(has(check().notes[0], "no image has a group")) << check().notes[0];
  for (Sample& sample : manifest.samples) sample.group = "one patient";
  write_manifest(folder_ / "data" / kManifestName, manifest);
  ASSERT_EQ(check().notes.size(), 1u);
  EXPECT_TRUE(has(check().notes[0], "test images have a relative")) << check().notes[0];
}

TEST_F(PreflightTest, AShardIsEveryNthCell) {
  const std::vector<Cell> cells = make_cells(suite_, {});  // 6
  RunnerOptions options;
  options.shards = 4;
  options.shard = 2;
  const std::vector<Cell> mine = cells_of_shard(cells, options);
  ASSERT_EQ(mine.size(), 2u);
  EXPECT_EQ(mine[0].name, cells[1].name);
  EXPECT_EQ(mine[1].name, cells[5].name);
}

TEST_F(PreflightTest, ASuiteNamesItsOwnTrainings) {
  const std::vector<Cell> cells = make_cells(suite_, {});
  EXPECT_FALSE(read_suite_cells(folder_ / "out", "by_hand").has_value());
  write_suite_cells(suite_, cells, folder_ / "out");
  write_suite_cells(suite_, {cells[0], cells[1]}, folder_ / "out");
  const auto names = read_suite_cells(folder_ / "out", "by_hand");
  ASSERT_TRUE(names.has_value());
  EXPECT_EQ(*names, (std::vector<std::string>{cells[0].name, cells[1].name}));
}

TEST_F(PreflightTest, AReportOfTheUsersIsKept) {
  write_file_atomically(folder_ / "out/by_hand/report.html", "my own words");
  const std::vector<Cell> cells = make_cells(suite_, {});
  EXPECT_THROW(write_suite_cells(suite_, cells, folder_ / "out"), InTheWay);
  EXPECT_THROW(write_suite_report(suite_, {}, {}, folder_ / "out"), InTheWay);
  EXPECT_EQ(read_file(folder_ / "out/by_hand/report.html"), "my own words");
  write_suite_report(suite_, {}, {}, folder_ / "out", true);
  EXPECT_NE(read_file(folder_ / "out/by_hand/report.html"), "my own words");
}

}  // namespace
}  // namespace lanet
