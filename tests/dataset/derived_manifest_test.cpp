#include "dataset/derived_manifest.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/audit.hpp"
#include "dataset/split.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

class LesionFree : public testing::Test {
 protected:
  /// 100 px wide and 80 px high with one lesion of 20 x 20 px in the middle, as a box.
  Sample boxed(const std::string& id, const Box& lesion = {40, 30, 60, 50}) const {
    Sample sample;
    sample.id = id;
    sample.image = id + ".png";
    sample.class_name = "benign";
    sample.location = Location::kBoxes;
    sample.boxes = {lesion};
    sample.group = "patient " + id;
    sample.source = "clinic";
    sample.spacing = PixelSpacing{0.1, 0.2};
    sample.extra["device"] = "Logiq";
    write_png(folder_ / sample.image, make_image(80, 100, 1));
    return sample;
  }

  Manifest many(int count) const {
    Manifest manifest;
    manifest.folder = folder_.path();
    manifest.extra_columns = {"device"};
    for (int index = 0; index < count; ++index) manifest.samples.push_back(boxed("i" + std::to_string(index)));
    return manifest;
  }

  std::int64_t add(Manifest& manifest, const LesionFreeOptions& options = {}) const {
    SilentProgress silent;
    return add_lesion_free_pieces(manifest, "normal", options, silent);
  }

  /// A margin of 5 of 100 px leaves 35 px to the left, to the right, and 25 px above and below.
  LesionFreeOptions small() const {
    LesionFreeOptions options;
    options.smallest = 0.2;
    options.largest = 0.35;
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(LesionFree, NoPieceTouchesTheLesionAndItsMargin) {
  Manifest manifest = many(60);
  EXPECT_EQ(add(manifest, small()), 60);
  ASSERT_EQ(manifest.samples.size(), 120U);
  bool left = false, right = false, above = false, below = false;
  for (std::size_t index = 60; index < 120; ++index) {
    const Sample& piece = manifest.samples[index];
    ASSERT_TRUE(piece.crop);
    const Box& crop = *piece.crop;
    EXPECT_TRUE(crop.x1 >= 0 && crop.y1 >= 0 && crop.x2 <= 100 && crop.y2 <= 80);
    EXPECT_TRUE(crop.x2 <= 35 || crop.x1 >= 65 || crop.y2 <= 25 || crop.y1 >= 55) << index;
    // One share for both sides, rounded down to whole pixels: 20 to 35 wide, 16 to 28 high.
    EXPECT_TRUE(crop.width() >= 20 && crop.width() <= 35);
    EXPECT_TRUE(crop.height() >= 16 && crop.height() <= 28);
    EXPECT_NEAR(crop.width() / 100, crop.height() / 80, 0.0125);
    left = left || crop.x2 <= 35;
    right = right || crop.x1 >= 65;
    above = above || crop.y2 <= 25;
    below = below || crop.y1 >= 55;
  }
  EXPECT_TRUE(left && right && above && below) << "drawn from everywhere";
}

TEST_F(LesionFree, APieceKeepsEverythingButTheLesion) {
  Manifest manifest = many(1);
  manifest.samples[0].extra[kMaskValuesColumn] = "1 2";
  ASSERT_EQ(add(manifest, small()), 1);
  const Sample& piece = manifest.samples[1];
  EXPECT_EQ(piece.id, "i0 free");
  EXPECT_EQ(piece.image, "i0.png");
  EXPECT_EQ(piece.class_name, "normal");
  EXPECT_EQ(piece.location, Location::kEmpty);
  EXPECT_TRUE(piece.boxes.empty());
  EXPECT_TRUE(piece.masks.empty());
  EXPECT_EQ(piece.group, "patient i0");
  EXPECT_EQ(piece.source, "clinic");
  EXPECT_EQ(piece.extra, (std::map<std::string, std::string>{{"device", "Logiq"}}));
  EXPECT_EQ(piece.spacing->x_mm, 0.1);
  EXPECT_EQ(manifest.normal_class, "normal");
  write_manifest(folder_ / kManifestName, manifest);
  const Manifest read = read_manifest(folder_.path());
  EXPECT_EQ(read.samples[1].location, Location::kEmpty);
  EXPECT_EQ(*read.samples[1].crop, *piece.crop);
  EXPECT_EQ(read.normal_class, "normal");
}

TEST_F(LesionFree, APieceNeverLeavesItsImagesSubset) {
  Manifest manifest = many(40);
  for (std::size_t index = 0; index < 20; ++index) manifest.samples[index].group = "";
  for (std::size_t index = 0; index < 40; index += 2) manifest.samples[index].class_name = "malignant";
  add(manifest, small());
  const Split split = make_split(manifest.samples, {});
  for (int index = 0; index < 40; ++index) {
    const std::string id = "i" + std::to_string(index);
    EXPECT_EQ(split.subset_of.at(id), split.subset_of.at(id + " free")) << id;
  }
  EXPECT_EQ(manifest.samples[0].group, "image i0");
  EXPECT_EQ(manifest.samples[20].group, "patient i20");
}

TEST_F(LesionFree, APieceIsNoDuplicateOfItsImage) {
  Manifest manifest = write_phantoms(folder_.path(), 4);
  LesionFreeOptions options = small();
  SilentProgress silent;
  ASSERT_EQ(add(manifest, options), 4);
  EXPECT_TRUE(audit_dataset(manifest, {}, silent).entries.empty());
  manifest.samples.back().crop.reset();  // the whole picture would be one, in two classes
  EXPECT_EQ(audit_dataset(manifest, {}, silent).count(AuditKind::kTwoClasses), 1);
  manifest.samples.back().crop = Box{500, 500, 600, 600};
  EXPECT_EQ(audit_dataset(manifest, {}, silent).count(AuditKind::kUnreadable), 1);
}

TEST_F(LesionFree, WhereThereIsNoRoomThereIsNone) {
  // The smallest piece of 40 x 32 px is wider than the 35 px beside the lesion and higher than the 25 px above it.
  LesionFreeOptions options;
  options.smallest = options.largest = 0.4;
  Manifest manifest = many(5);
  EXPECT_EQ(add(manifest, options), 0);
  EXPECT_EQ(manifest.samples.size(), 5U);
  EXPECT_EQ(manifest.normal_class, "");
  options.margin = 0;  // 40 px are left beside the lesion: there is just room
  EXPECT_EQ(add(manifest, options), 5);
  for (std::size_t index = 5; index < 10; ++index)
    EXPECT_TRUE(manifest.samples[index].crop->x1 == 0 || manifest.samples[index].crop->x1 == 60);
}

TEST_F(LesionFree, APieceShowsTissue) {
  // A twentieth of 100 x 80 px is 5 x 4 px; 16 px a side are the least, which 0.2 of the height reach.
  LesionFreeOptions options;
  options.smallest = options.largest = 0.05;
  Manifest manifest = many(5);
  EXPECT_EQ(add(manifest, options), 0);
  options.largest = 0.35;
  EXPECT_EQ(add(manifest, options), 5);
  for (std::size_t index = 5; index < 10; ++index) EXPECT_GE(manifest.samples[index].crop->height(), 16);
}

TEST_F(LesionFree, OnlyImagesWithAKnownLesionGiveOne) {
  Manifest manifest;
  manifest.folder = folder_.path();
  for (const char* id : {"none", "empty", "cropped", "black", "masked"}) {
    manifest.samples.push_back(boxed(id));
    manifest.samples.back().boxes.clear();
  }
  manifest.samples[0].location = Location::kNone;
  manifest.samples[1].location = Location::kEmpty;
  manifest.samples[2].boxes = {{40, 30, 60, 50}};
  manifest.samples[2].crop = Box{0, 0, 90, 70};
  manifest.samples[3].location = manifest.samples[4].location = Location::kMask;
  manifest.samples[3].masks = {"nothing.png"};
  manifest.samples[4].masks = {"one.png", "two.png"};
  write_png(folder_ / "nothing.png", make_mask(80, 100));
  // Two lesions at the left and at the right edge: what lies between them is not free of their rectangle.
  write_png(folder_ / "one.png", fill_boxes({{0, 30, 10, 50}}, 80, 100));
  write_png(folder_ / "two.png", fill_boxes({{90, 30, 100, 50}}, 80, 100));
  EXPECT_EQ(add(manifest, small()), 1);
  const Box crop = *manifest.samples.back().crop;
  EXPECT_EQ(manifest.samples.back().id, "masked free");
  EXPECT_TRUE(crop.y2 <= 25 || crop.y1 >= 55);
}

TEST_F(LesionFree, APieceIsAFunctionOfIdAndSeedAlone) {
  Manifest all = many(20), few = many(3), again = many(20), reversed = many(20);
  std::reverse(reversed.samples.begin(), reversed.samples.end());
  LesionFreeOptions options = small();
  add(all, options);
  add(few, options);
  options.threads = 4;
  add(reversed, options);
  options.seed = 2;
  add(again, options);
  const auto crop = [](const Manifest& manifest, const std::string& id) {
    return *manifest.samples[static_cast<std::size_t>(manifest.find(id + " free"))].crop;
  };
  int changed = 0;
  for (int index = 0; index < 20; ++index) {
    const std::string id = "i" + std::to_string(index);
    if (index < 3) {
      EXPECT_EQ(crop(few, id), crop(all, id));
    }
    EXPECT_EQ(crop(reversed, id), crop(all, id));
    changed += crop(again, id) != crop(all, id);
  }
  EXPECT_GT(changed, 15);
}

TEST_F(LesionFree, AShareOfTheImagesIsTried) {
  Manifest manifest = many(100);
  LesionFreeOptions options = small();
  options.share = 0.25;
  EXPECT_NEAR(static_cast<double>(add(manifest, options)), 25, 13);  // 3 deviations of sqrt(100 * .25 * .75)
  Manifest none = many(10);
  options.share = 0;
  EXPECT_EQ(add(none, options), 0);
}

TEST_F(LesionFree, RefusesWhatCannotBe) {
  Manifest manifest = many(2);
  add(manifest, small());
  EXPECT_TRUE(has(refusal<DataError>([&] { add(manifest, small()); }), "i0 free"));
  Manifest named = many(1);
  named.normal_class = "healthy";
  EXPECT_TRUE(has(refusal<ConfigError>([&] { add(named, small()); }), "healthy"));
  Manifest broken = many(2);
  write_file_atomically(folder_ / "i1.png", "no picture");
  EXPECT_TRUE(has(refusal<DataError>([&] { add(broken, small()); }), "i1.png"));
  EXPECT_EQ(broken.samples.size(), 2U);
  LesionFreeOptions wrong;
  wrong.largest = 0.3;
  EXPECT_TRUE(has(refusal<ConfigError>([&] { wrong.validate(); }), "--largest"));
}

/// A data set of one image with a mask in ROOT/NAME, with its list.
Manifest one_image(const fs::path& root, const std::string& name, const std::string& id) {
  Manifest manifest;
  manifest.folder = root / name;
  Sample sample;
  sample.id = id;
  sample.image = "images/" + id + ".png";
  sample.masks = {"masks/" + id + ".png"};
  sample.class_name = "benign";
  sample.location = Location::kMask;
  sample.source = name;
  write_png(manifest.folder / sample.image, make_image(20, 30, 1));
  write_png(manifest.folder / sample.masks[0], fill_boxes({{5, 5, 15, 15}}, 20, 30));
  manifest.samples = {sample};
  return manifest;
}

TEST(MergeManifests, PathsBeginAtTheCommonFolder) {
  const TemporaryFolder folder;
  Manifest second = one_image(folder.path(), "deep/b", "two");
  const std::vector<Manifest> parts{one_image(folder.path(), "a", "one"), second};
  const Manifest merged = merge_manifests(parts);
  EXPECT_EQ(merged.folder, fs::canonical(folder.path()));
  ASSERT_EQ(merged.samples.size(), 2U);
  EXPECT_EQ(merged.samples[0].image, "a/images/one.png");
  EXPECT_EQ(merged.samples[0].masks, (std::vector<std::string>{"a/masks/one.png"}));
  EXPECT_EQ(merged.samples[1].image, "deep/b/images/two.png");
  EXPECT_EQ(merged.samples[1].source, "deep/b");
  // Written anywhere, every picture is found again.
  write_manifest(folder / "elsewhere/both/lanet-dataset.csv", merged);
  const Manifest read = read_manifest(folder / "elsewhere/both");
  for (const Sample& sample : read.samples) {
    EXPECT_EQ(read_image(read.image_path(sample)).width, 30);
    EXPECT_EQ(area(*read_truth_mask(read, sample, 20, 30)), 100);
  }
}

TEST(MergeManifests, MasksMayLieInAFolderOfTheirOwn) {
  const TemporaryFolder folder;
  Manifest apart = one_image(folder.path(), "a/pictures", "one");
  fs::create_directories(folder / "drawn");
  fs::rename(folder / "a/pictures/masks", folder / "drawn/masks");
  apart.mask_folder = folder / "drawn";
  const std::vector<Manifest> parts{apart, one_image(folder.path(), "a/more", "two")};
  const Manifest merged = merge_manifests(parts);
  EXPECT_EQ(merged.folder, fs::canonical(folder.path()));
  EXPECT_EQ(merged.samples[0].image, "a/pictures/images/one.png");
  EXPECT_EQ(merged.samples[0].masks.front(), "drawn/masks/one.png");
  EXPECT_EQ(merged.samples[1].masks.front(), "a/more/masks/two.png");
  for (const Sample& sample : merged.samples) EXPECT_EQ(area(*read_truth_mask(merged, sample, 20, 30)), 100);
}

TEST(MergeManifests, OneAndNone) {
  const TemporaryFolder folder;
  EXPECT_TRUE(merge_manifests({}).samples.empty());
  const std::vector<Manifest> one{one_image(folder.path(), "a", "one")};
  EXPECT_EQ(merge_manifests(one).samples[0].image, "images/one.png");
}

TEST(MergeManifests, ColumnsAreUnitedInOrder) {
  const TemporaryFolder folder;
  std::vector<Manifest> parts{one_image(folder.path(), "a", "one"), one_image(folder.path(), "b", "two")};
  parts[0].extra_columns = {"device", "birads"};
  parts[0].samples[0].extra = {{"device", "Logiq"}, {"birads", "4"}};
  parts[1].extra_columns = {"age", "device"};
  parts[1].samples[0].extra = {{"device", "Aplio"}, {"age", "50"}};
  const Manifest merged = merge_manifests(parts);
  EXPECT_EQ(merged.extra_columns, (std::vector<std::string>{"device", "birads", "age"}));
  write_manifest(folder / "both/lanet-dataset.csv", merged);
  const Manifest read = read_manifest(folder / "both");
  EXPECT_EQ(read.samples[0].extra.at("birads"), "4");
  EXPECT_EQ(read.samples[1].extra.at("device"), "Aplio");
  EXPECT_EQ(read.samples[1].extra.at("age"), "50");
}

TEST(MergeManifests, APatientOfOneClinicIsNotTheSameOfAnother) {
  const auto with_groups = [](const std::string& prefix, std::vector<std::string> groups) {
    Manifest manifest;
    manifest.folder = "/data";
    for (const std::string& group : groups) {
      Sample sample;
      sample.id = prefix + group;
      sample.image = sample.id + ".png";
      sample.group = group;
      manifest.samples.push_back(sample);
    }
    return manifest;
  };
  const std::vector<Manifest> sets{with_groups("a", {"P01", "P02", ""}), with_groups("b", {"P01", "P03", ""})};
  std::vector<std::string> groups;
  for (const Sample& sample : merge_manifests(sets).samples) groups.push_back(sample.group);
  EXPECT_EQ(groups, (std::vector<std::string>{"P01 (1)", "P02", "", "P01 (2)", "P03", ""}));
}

TEST(MergeManifests, ListsOfOneNameStayApart) {
  const auto listed = [](const std::string& id, const std::string& source) {
    Manifest manifest;
    manifest.folder = "/data";
    manifest.file = "/data/" + id + ".csv";
    manifest.samples.resize(1);
    manifest.samples[0].id = id;
    manifest.samples[0].image = id + ".png";
    manifest.samples[0].source = source;
    return manifest;
  };
  const std::vector<Manifest> sets{listed("a", "list"), listed("b", "list"), listed("c", "busi")};
  const Manifest merged = merge_manifests(sets);
  EXPECT_EQ(folds_by_column(merged, "source").values, (std::vector<std::string>{"busi", "list (1)", "list (2)"}));
  const std::vector<Manifest> twice{sets[0], sets[0]};
  const std::string message = refusal<DataError>([&] { merge_manifests(twice); });
  EXPECT_TRUE(has(message, "/data/a.csv: ")) << message;
}

TEST(MergeManifests, OneClassIsSpelledInOneWay) {
  Manifest first, second;
  for (Manifest* manifest : {&first, &second}) {
    manifest->folder = "/data";
    manifest->samples.resize(1);
  }
  first.samples[0].id = "a";
  first.samples[0].class_name = "benign";
  second.samples[0].id = "b";
  second.samples[0].class_name = "Benign";
  const std::vector<Manifest> sets{first, second};
  EXPECT_TRUE(has(refusal<DataError>([&] { merge_manifests(sets); }), "class Benign"));
}

TEST_F(LesionFree, APieceNeverGetsAClassOfLesions) {
  for (const char* name : {"benign", "Benign", "malignant", "Malignant", " ", "", " normal"}) {
    Manifest manifest = many(1);
    SilentProgress silent;
    EXPECT_THROW(add_lesion_free_pieces(manifest, name, small(), silent), ConfigError) << name;
  }
}

TEST(MergeManifests, IdsThatCollideAreRefused) {
  const TemporaryFolder folder;
  const std::vector<Manifest> parts{one_image(folder.path(), "a", "same"), one_image(folder.path(), "b", "same")};
  const std::string message = refusal<DataError>([&] { merge_manifests(parts); });
  EXPECT_TRUE(has(message, "id same")) << message;
  EXPECT_TRUE(has(message, parts[0].folder.string())) << message;
  EXPECT_TRUE(has(message, parts[1].folder.string())) << message;
}

TEST(MergeManifests, ClassRolesAreUnitedOrRefused) {
  const TemporaryFolder folder;
  std::vector<Manifest> parts{one_image(folder.path(), "a", "one"), one_image(folder.path(), "b", "two"),
                              one_image(folder.path(), "c", "three")};
  parts[1].positive_class = "malignant";
  parts[2].normal_class = "normal";
  EXPECT_EQ(merge_manifests(parts).positive_class, "malignant");
  EXPECT_EQ(merge_manifests(parts).normal_class, "normal");
  parts[2].positive_class = "cancer";
  const std::string message = refusal<DataError>([&] { merge_manifests(parts); });
  EXPECT_TRUE(has(message, "positive class cancer")) << message;
  EXPECT_TRUE(has(message, "malignant")) << message;
  parts[2].positive_class = "malignant";
  parts[0].normal_class = "healthy";
  EXPECT_TRUE(has(refusal<DataError>([&] { merge_manifests(parts); }), "normal class normal"));
}

}  // namespace
}  // namespace lanet
