#include "dataset/split.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "image/region.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

/// 100 patients with one to three images, a third malignant.
std::vector<Sample> many_samples() {
  std::vector<Sample> samples;
  for (int patient = 0; patient < 100; ++patient)
    for (int image = 0; image <= patient % 3; ++image) {
      Sample sample;
      sample.id = std::to_string(patient) + "_" + std::to_string(image);
      sample.group = "p" + std::to_string(patient);
      sample.class_name = patient % 3 == 0 ? "malignant" : "benign";
      sample.location = Location::kMask;
      sample.masks = {"m.png"};
      samples.push_back(sample);
    }
  return samples;
}

std::map<std::string, std::map<std::string, int>> counts_of(const std::vector<Sample>& samples, const Split& split) {
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Sample& sample : samples) ++counts[split.subset_of.at(sample.id)][sample.class_name];
  return counts;
}

TEST(Split, NoPatientInTwoSubsetsAndSharesHold) {
  const auto samples = many_samples();
  const Split split = make_split(samples, {});
  EXPECT_EQ(find_leaks(samples, split).groups, 0);
  EXPECT_EQ(split.subset_of.size(), samples.size());
  auto counts = counts_of(samples, split);
  for (const char* name : {"benign", "malignant"}) {
    const double all = counts["train"][name] + counts["val"][name] + counts["test"][name];
    EXPECT_NEAR(counts["val"][name] / all, 0.15, 0.03) << name;
    EXPECT_NEAR(counts["test"][name] / all, 0.15, 0.03) << name;
  }
}

TEST(Split, IsSeededAndIndependentOfOrder) {
  auto samples = many_samples();
  const Split first = make_split(samples, {});
  std::reverse(samples.begin(), samples.end());
  EXPECT_EQ(make_split(samples, {}).subset_of, first.subset_of);
  SplitOptions other;
  other.seed = 2;
  EXPECT_NE(make_split(samples, other).subset_of, first.subset_of);
}

TEST(Split, FoldsCoverEverythingOnce) {
  const auto samples = many_samples();
  SplitOptions options;
  options.folds = 5;
  const Split split = make_split(samples, options);
  EXPECT_EQ(find_leaks(samples, split).groups, 0);
  const auto counts = counts_of(samples, split);
  EXPECT_EQ(counts.size(), 5U);
  for (const auto& [fold, classes] : counts) EXPECT_NEAR(classes.at("malignant"), 34.0 / 5, 2) << fold;
}

TEST(Split, TooFewGroupsAreRefused) {
  std::vector<Sample> samples(2);
  samples[0].id = "a";
  samples[1].id = "b";
  samples[0].class_name = "benign";
  samples[1].class_name = "malignant";
  EXPECT_THROW(make_split(samples, {}), DataError);
  SplitOptions wrong;
  wrong.folds = 1;
  EXPECT_THROW(make_split(samples, wrong), ConfigError);
  wrong = {};
  wrong.val_share = 0.6;
  wrong.test_share = 0.6;
  EXPECT_THROW(make_split(samples, wrong), ConfigError);
}

TEST(Split, AFewBackgroundImagesBlockNothing) {
  auto samples = many_samples();
  Sample background;
  background.id = "background";
  background.location = Location::kEmpty;
  samples.push_back(background);
  background.id = "healthy";
  background.class_name = "No lesion";
  samples.push_back(background);
  const Split split = make_split(samples, {});
  EXPECT_EQ(split.subset_of.count("background"), 1U);
  EXPECT_EQ(split.subset_of.count("healthy"), 1U);
  samples.back().class_name = "rare";
  EXPECT_THROW(make_split(samples, {}), DataError) << "a class that is to be learned";
}

TEST(Split, AClassMayHaveAPlusInItsName) {
  auto samples = many_samples();
  for (Sample& sample : samples)
    if (sample.class_name == "malignant") sample.class_name = "BI-RADS 4+";
  EXPECT_EQ(find_leaks(samples, make_split(samples, {})).lines.size(), 0U);
}

TEST(Share, IsAShareOrAPercentageWithItsSign) {
  EXPECT_EQ(parse_share("0.5", "--val"), 0.5);
  EXPECT_EQ(parse_share(" 50 % ", "--val"), 0.5);
  EXPECT_EQ(parse_share("1", "--val"), 1);
  EXPECT_EQ(parse_share("0.5%", "--val"), 0.005);
  const std::string message = refusal<ConfigError>([] { parse_share("50", "--keep-location"); });
  EXPECT_TRUE(has(message, "write 0.5 or 50%")) << message;
  for (const char* bad : {"", "%", "half", "-0.1", "101%", "nan", "0,5", "1e400"})
    EXPECT_THROW(parse_share(bad, "--val"), ConfigError) << bad;
}

/// Three images each of two machines, and one of a third.
Manifest three_devices() {
  Manifest manifest;
  manifest.folder = "somewhere";
  manifest.extra_columns = {"device"};
  for (const char* device : {"Logiq", "Aplio", "Logiq", "Aplio", "Logiq", "Aplio", "Voluson"}) {
    Sample sample;
    sample.id = std::to_string(manifest.samples.size());
    sample.extra["device"] = device;
    sample.source = device == std::string("Voluson") ? "second" : "first";
    manifest.samples.push_back(sample);
  }
  return manifest;
}

TEST(FoldsByColumn, AFoldForEveryValue) {
  const Manifest manifest = three_devices();
  const ColumnFolds folds = folds_by_column(manifest, "device");
  EXPECT_EQ(folds.values, (std::vector<std::string>{"Aplio", "Logiq", "Voluson"}));
  EXPECT_EQ(folds.split.subset_of, (std::map<std::string, std::string>{{"0", "fold1"},
                                                                       {"1", "fold0"},
                                                                       {"2", "fold1"},
                                                                       {"3", "fold0"},
                                                                       {"4", "fold1"},
                                                                       {"5", "fold0"},
                                                                       {"6", "fold2"}}));
  const ColumnFolds sources = folds_by_column(manifest, "source");
  EXPECT_EQ(sources.values, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(sources.split.subset_of.at("6"), "fold1");
}

TEST(FoldsByColumn, AnUnknownColumnIsNamedWithThoseThatAreThere) {
  const std::string message = refusal<ConfigError>([] { folds_by_column(three_devices(), "machine"); });
  EXPECT_TRUE(has(message, "machine")) << message;
  EXPECT_TRUE(has(message, "source, device")) << message;
}

TEST(FoldsByColumn, AMissingValueIsRefused) {
  Manifest manifest = three_devices();
  manifest.samples[2].extra.erase("device");
  EXPECT_TRUE(has(refusal<DataError>([&] { folds_by_column(manifest, "device"); }), "no device for image 2"));
  manifest = three_devices();
  manifest.samples[3].source = "";
  EXPECT_TRUE(has(refusal<DataError>([&] { folds_by_column(manifest, "source"); }), "no source for image 3"));
}

TEST(FoldsByColumn, MessagesNameTheListAndNotItsImages) {
  Manifest manifest = three_devices();
  manifest.folder = "pictures";
  manifest.file = "study/lanet-dataset.csv";
  manifest.samples[2].extra.erase("device");
  const std::string message = refusal<DataError>([&] { folds_by_column(manifest, "device"); });
  EXPECT_TRUE(has(message, "study/lanet-dataset.csv: ")) << message;
  EXPECT_TRUE(has(refusal<ConfigError>([&] { folds_by_column(manifest, ""); }), "an empty text"));
  const std::vector<std::string> unknown{"nobody"};
  EXPECT_TRUE(has(refusal<DataError>([&] { manifest.find_all(unknown); }), "study/lanet-dataset.csv: "));
}

TEST(FoldsByColumn, OneValueIsNoSplit) {
  Manifest manifest = three_devices();
  for (Sample& sample : manifest.samples) sample.source = "only";
  EXPECT_TRUE(has(refusal<DataError>([&] { folds_by_column(manifest, "source"); }), "one source only"));
}

TEST(Split, FileRoundTripAndBrokenFiles) {
  const TemporaryFolder folder;
  const Split split{{{"a", "train"}, {"b,c", "test"}}};
  write_split(folder / "s.csv", split);
  EXPECT_EQ(read_split(folder / "s.csv").subset_of, split.subset_of);
  write_file_atomically(folder / "s.csv", "id,subset\na,train\na,test\n");
  EXPECT_THROW(read_split(folder / "s.csv"), DataError);
  write_file_atomically(folder / "s.csv", "id,subset\na,\n");
  EXPECT_THROW(read_split(folder / "s.csv"), DataError);
}

TEST(FindLeaks, CountsGroupsAndTestImages) {
  std::vector<Sample> samples(4);
  for (int index = 0; index < 4; ++index) samples[static_cast<std::size_t>(index)].id = std::to_string(index);
  samples[0].group = samples[1].group = "same";
  const Split split{{{"0", "train"}, {"1", "test"}, {"2", "train"}, {"9", "test"}}};
  const SplitLeaks leaks = find_leaks(samples, split);
  EXPECT_EQ(leaks.groups, 1);
  EXPECT_EQ(leaks.test_images, 1);
  EXPECT_EQ(leaks.lines.size(), 3U);  // the group, the unknown id 9, the image in no subset
}

TEST(FindLeaks, EveryFoldIsATestOnce) {
  std::vector<Sample> samples(5);
  for (std::size_t index = 0; index < 5; ++index) samples[index].id = std::to_string(index);
  samples[0].group = samples[1].group = samples[2].group = "same";
  const Split split{{{"0", "fold0"}, {"1", "fold0"}, {"2", "fold1"}, {"3", "fold0"}, {"4", "fold1"}}};
  const SplitLeaks leaks = find_leaks(samples, split);
  EXPECT_EQ(leaks.groups, 1);
  EXPECT_EQ(leaks.test_images, 3);  // 0 and 1 while fold0 is the test, 2 while fold1 is
}

TEST(Split, WhatASmallDataSetCannotFillIsSaid) {
  auto samples = many_samples();
  EXPECT_TRUE(unfilled_subsets(samples, make_split(samples, {}), {}).empty());
  samples.resize(8);
  for (std::size_t index = 0; index < 8; ++index) {
    samples[index].group.clear();
    samples[index].class_name = index < 4 ? "benign" : "malignant";
  }
  // Of four images of a class 2.8, 0.6 and 0.6 are wanted: three go to train, one to val.
  const auto lines = unfilled_subsets(samples, make_split(samples, {}), {});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "no image is in test: 8 images are few for a share of 0.15; raise --test, or use --folds, or add images");
  Split by_hand = make_split(samples, {});
  by_hand.subset_of[samples[0].id] = by_hand.subset_of[samples[1].id] = "test";
  const auto of_a_class = unfilled_subsets(samples, by_hand, {});
  ASSERT_FALSE(of_a_class.empty());
  EXPECT_TRUE(has(of_a_class.back(), "no image of the class malignant is in test")) << of_a_class.back();
}

TEST(KeepLocation, IsStratifiedAndNested) {
  std::map<double, std::set<std::string>> kept;
  for (const double share : {0.25, 0.5, 0.75}) {
    auto samples = many_samples();
    samples[0].location = Location::kEmpty;
    samples[0].masks.clear();
    keep_location(samples, share, 1);
    std::map<std::string, int> left, all;
    for (const Sample& sample : samples) {
      if (sample.location == Location::kEmpty) continue;
      ++all[sample.class_name];
      if (sample.location != Location::kMask) continue;
      ++left[sample.class_name];
      kept[share].insert(sample.id);
    }
    for (const auto& [name, count] : all) EXPECT_NEAR(left[name], share * count, 0.51) << name;
    EXPECT_EQ(samples[0].location, Location::kEmpty);
  }
  EXPECT_TRUE(std::includes(kept[0.5].begin(), kept[0.5].end(), kept[0.25].begin(), kept[0.25].end()));
  EXPECT_TRUE(std::includes(kept[0.75].begin(), kept[0.75].end(), kept[0.5].begin(), kept[0.5].end()));
}

TEST(KeepLocation, OnlyTheNamedImagesAreTouched) {
  auto samples = many_samples();
  keep_location(samples, 0, 1, {samples[0].id, samples[1].id});
  int none = 0;
  for (const Sample& sample : samples) none += sample.location == Location::kNone;
  EXPECT_EQ(none, 2);
}

TEST(KeepLocation, NoIdTouchesNothing) {
  auto samples = many_samples();
  keep_location(samples, 0, 1, {});
  for (const Sample& sample : samples) EXPECT_EQ(sample.location, Location::kMask);
}

TEST(MasksToBoxes, OneBoxAComponent) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 1);
  Mask mask = fill_boxes({{5, 5, 25, 20}, {60, 40, 80, 70}, {100, 80, 103, 83}}, 90, 110);
  write_png(folder / manifest.samples[0].masks[0], mask);
  masks_to_boxes(manifest);
  EXPECT_EQ(manifest.samples[0].location, Location::kBoxes);
  EXPECT_EQ(manifest.samples[0].boxes, (std::vector<Box>{{60, 40, 80, 70}, {5, 5, 25, 20}}));  // 9 px^2 are a speck
  EXPECT_TRUE(manifest.samples[0].masks.empty());
}

}  // namespace
}  // namespace lanet
