#include "experiment/suite.hpp"

#include <set>

#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

class SuiteTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("LANET_HOME", LANET_SOURCE_DIR, 1);
    write_phantoms(folder_ / "data", 12, 2, 2);
  }

  Suite grid() const {
    Suite suite;
    suite.name = "grid";
    suite.preset = "lite0_256";
    suite.data = {(folder_ / "data").string()};
    suite.backbones = {"efficientnet_lite0"};
    suite.heads = {"vanilla", "la_net"};
    suite.location_shares = {0.5, 1};
    suite.seeds = {1, 2};
    return suite;
  }

  TemporaryFolder folder_;
};

TEST_F(SuiteTest, EveryBundledSuiteReadsAndExpands) {
  write_phantoms(folder_ / "more", 60, 8, 8);
  write_phantoms(folder_ / "folded", 60, 8, 8);
  std::string folds = "id,subset\n";
  int count = 0;
  for (const auto& row : read_csv(folder_ / "folded/split.csv").rows)
    folds += row[0] + ",fold" + std::to_string(count++ % 3) + "\n";
  write_file_atomically(folder_ / "folded/split.csv", folds);
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(LANET_SOURCE_DIR) / "configs/experiments")) {
    const Suite suite = read_suite(entry.path().string());
    for (const Suite& part : expand_suite(suite)) {
      const auto data = folder_ / (part.folds.empty() ? "more" : "folded");
      EXPECT_FALSE(make_cells(part, {data.string(), {}, {}}).empty()) << part.name;
      names.insert(part.name);
    }
  }
  EXPECT_GE(names.size(), 23u);
  EXPECT_EQ(expand_suite(read_suite("r18")).size(), 7u);
  EXPECT_EQ(expand_suite(read_suite("paper")).size(), 14u);
}

TEST_F(SuiteTest, VanillaIsOneCellWhateverTheShare) {
  // la_net: 2 shares x 2 seeds; vanilla: 2 seeds.
  const auto cells = make_cells(grid(), {});
  EXPECT_EQ(cells.size(), 6u);
  Suite without = grid();
  without.heads = {"la_net"};
  without.location_shares = {0};
  for (const Cell& cell : make_cells(without, {})) EXPECT_EQ(cell.head, "vanilla");
}

TEST_F(SuiteTest, EqualTrainingsHaveEqualNamesInEverySuite) {
  Suite other = grid();
  other.name = "other";
  other.title = "another";
  other.heads = {"la_net"};
  std::set<std::string> names;
  for (const Cell& cell : make_cells(grid(), {})) names.insert(cell.name);
  for (const Cell& cell : make_cells(other, {})) EXPECT_TRUE(names.contains(cell.name)) << cell.name;
  for (const Cell& cell : make_cells(other, {"", {"stage2.epochs=3"}, {}})) EXPECT_FALSE(names.contains(cell.name));
  for (const Cell& cell : make_cells(other, {"", {"compute.threads=1"}, {}})) EXPECT_TRUE(names.contains(cell.name));
}

TEST_F(SuiteTest, WhatChangesNoResultChangesNoName) {
  const auto names = [&](const std::vector<std::string>& settings) {
    std::set<std::string> found;
    for (const Cell& cell : make_cells(grid(), {"", settings, {}})) found.insert(cell.name);
    return found;
  };
  const std::set<std::string> plain = names({});
  for (const char* same : {"data.loader_threads=8", "compute.checkpoint_seconds=60", "compute.threads=3"})
    EXPECT_EQ(names({same}), plain) << same;
  for (const char* other : {"augment.appearance.gamma=0.3", "augment.keep_lesion=true", "augment.aspect=0.2"})
    for (const std::string& name : names({other})) EXPECT_FALSE(plain.contains(name)) << other;
}

TEST_F(SuiteTest, ChangedDataChangesTheNames) {
  const auto before = make_cells(grid(), {});
  Split split = read_split(folder_ / "data/split.csv");
  std::swap(split.subset_of.at("phantom_0"), split.subset_of.at("phantom_10"));
  write_split(folder_ / "data/split.csv", split);
  const auto after = make_cells(grid(), {});
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t index = 0; index < before.size(); ++index) EXPECT_NE(before[index].name, after[index].name);
}

TEST_F(SuiteTest, OnlyTakesAlternativesOfAnAxis) {
  EXPECT_EQ(make_cells(grid(), {"", {}, {"head=vanilla", "seed=2"}}).size(), 1u);
  EXPECT_EQ(make_cells(grid(), {"", {}, {"head=vanilla", "head=la_net", "seed=2"}}).size(), 3u);
  EXPECT_EQ(make_cells(grid(), {"", {}, {"network=efficientnet_lite0, head=la_net,seed=2"}}).size(), 2u) << "commas";
  EXPECT_TRUE(has(refusal<ConfigError>([&] { make_cells(grid(), {"", {}, {"hed=vanilla"}}); }), "one of data, labels"));
  EXPECT_TRUE(has(refusal<ConfigError>([&] { make_cells(grid(), {"", {}, {"seed=9"}}); }), "values that occur"));
}

TEST_F(SuiteTest, RefusesWhatCannotBe) {
  EXPECT_TRUE(has(refusal<ConfigError>([&] { make_cells(grid(), {"", {"stage2.epoch=3"}, {}}); }), "stage2.epochs"));
  EXPECT_TRUE(has(refusal<ConfigError>([&] {
                    make_cells(grid(), {"", {"stage2.epochs=many"}, {}});
                  }),
                  "a whole number"));
  Suite folds = grid();
  folds.folds = {0, 1};
  EXPECT_TRUE(has(refusal<DataError>([&] { make_cells(folds, {}); }), "fold0"));
  Suite few = grid();
  few.location_shares = {0.01};
  EXPECT_TRUE(has(refusal<DataError>([&] { make_cells(few, {}); }), "no location label of class"));
  Suite wrong = grid();
  wrong.heads = {"lanet"};
  EXPECT_TRUE(has(refusal<ConfigError>([&] { wrong.validate(); }), "did you mean"));
  wrong = grid();
  wrong.backbones = {"efficientnet_lite9"};
  EXPECT_TRUE(has(refusal<ConfigError>([&] { wrong.validate(); }), "backbones"));
  wrong = grid();
  wrong.seeds = {};
  EXPECT_TRUE(has(refusal<ConfigError>([&] { wrong.validate(); }), "empty list"));
  EXPECT_TRUE(has(refusal<ConfigError>([&] { read_suite("fig55"); }), "did you mean fig5"));
}

TEST_F(SuiteTest, RefusesUnknownKeysAndCircles) {
  write_file_atomically(folder_ / "a.toml", "head = ['la_net']\n");
  EXPECT_TRUE(has(refusal<ConfigError>([&] { read_suite((folder_ / "a.toml").string()); }), "'heads'"));
  write_file_atomically(folder_ / "b.toml", "include = ['" + (folder_ / "b.toml").string() + "']\n");
  EXPECT_TRUE(
      has(refusal<ConfigError>([&] { expand_suite(read_suite((folder_ / "b.toml").string())); }), "within itself"));
}

}  // namespace
}  // namespace lanet
