#include "dataset/manifest.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/image_cache.hpp"
#include "dataset/label_counts.hpp"
#include "dataset/statistics.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/damage.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

constexpr const char* kHead = "id,image,class,masks,boxes,location,group\n";

std::string message_of(const std::string& rows) {
  const TemporaryFolder folder;
  write_file_atomically(folder / kManifestName, kHead + rows);
  return refusal<DataError>([&] { read_manifest(folder.path()); });
}

TEST(Manifest, RoundTripKeepsEverything) {
  const TemporaryFolder folder;
  Manifest manifest;
  manifest.folder = folder.path();
  manifest.extra_columns = {"device"};
  Sample sample;
  sample.id = "a, \"1\"";
  sample.image = "x/a.png";
  sample.class_name = "benign";
  sample.boxes = {{1, 2, 3.5, 4}, {5, 6, 7, 8}};
  sample.location = Location::kBoxes;
  sample.group = "patient 7";
  sample.source = "s";
  sample.spacing = PixelSpacing{0.1, 0.2};
  sample.crop = Box{0, 0, 9, 9};
  sample.extra = {{"device", "GE"}};
  manifest.samples = {sample};
  write_manifest(folder / kManifestName, manifest);
  const Manifest read = read_manifest(folder.path());
  ASSERT_EQ(read.samples.size(), 1U);
  const Sample& same = read.samples[0];
  EXPECT_EQ(same.id, sample.id);
  EXPECT_EQ(same.boxes, sample.boxes);
  EXPECT_EQ(same.location, Location::kBoxes);
  EXPECT_EQ(same.spacing->y_mm, 0.2);
  EXPECT_EQ(*same.crop, *sample.crop);
  EXPECT_EQ(same.extra.at("device"), "GE");
  EXPECT_EQ(read.find(sample.id), 0);
  EXPECT_EQ(read.find("none"), -1);
}

TEST(Manifest, MasksMayLieApartFromTheirImagesAndBothCanBeMoved) {
  const TemporaryFolder place;
  write_png(place / "a/pictures/x.png", make_image(4, 6, 1));
  write_png(place / "a/set/masks/x.png", fill_boxes({{1, 1, 3, 3}}, 4, 6));
  std::filesystem::create_directory_symlink(place / "a/set", place / "link");
  Manifest manifest;
  manifest.folder = place / "a/pictures";
  manifest.mask_folder = place / "a/set";
  Sample sample;
  sample.id = "x";
  sample.image = "x.png";
  sample.masks = {"masks/x.png"};
  sample.location = Location::kMask;
  manifest.samples = {sample};
  write_manifest(place / "link/lanet-dataset.csv", manifest);  // through a link: `..` leads out of what it names
  EXPECT_EQ(read_manifest(place / "link").image_path(sample).filename(), "x.png");
  EXPECT_EQ(read_image(read_manifest(place / "link").image_path(sample)).width, 6);
  std::filesystem::rename(place / "a", place / "b");
  const Manifest moved = read_manifest(place / "b/set");
  EXPECT_EQ(read_image(moved.image_path(sample)).width, 6);
  EXPECT_EQ(area(*read_truth_mask(moved, sample, 4, 6)), 4);
}

TEST(Manifest, ImagesMayLieElsewhere) {
  const TemporaryFolder images, folder;
  Manifest manifest = write_phantoms(images.path(), 2);
  write_manifest(folder / "sub/m.csv", manifest);
  const Manifest read = read_manifest(folder / "sub/m.csv");
  EXPECT_TRUE(std::filesystem::exists(read.image_path(read.samples[0])));
}

TEST(Manifest, AllProblemsAreNamedAtOnce) {
  const std::string message =
      message_of("a,../x.png,benign,,,none,\nb,/x.png,benign,,,none,\na,x.png,benign,,,none,\n");
  EXPECT_TRUE(has(message, ":2")) << message;
  EXPECT_TRUE(has(message, ":3")) << message;
}

TEST(Manifest, WrongRowsAreRefused) {
  EXPECT_EQ(message_of("a,x.png,benign,,,none,\n"), "");
  EXPECT_NE(message_of("a,x.png,benign,,,none,\na,y.png,benign,,,none,\n"), "");  // an id twice
  EXPECT_NE(message_of("a,x.png,benign,,,somewhere,\n"), "");                     // unknown state
  EXPECT_NE(message_of("a,x.png,benign,,,mask,\n"), "");                          // a mask without a file
  EXPECT_NE(message_of("a,x.png,benign,,,boxes,\n"), "");                         // boxes without a box
  EXPECT_NE(message_of("a,x.png,benign,m.png,,empty,\n"), "");                    // empty with a mask
  EXPECT_NE(message_of("a,x.png,benign,,5 5 3 9,boxes,\n"), "");                  // inverted
  EXPECT_NE(message_of("a,x.png,benign,,1 2 nan 4,boxes,\n"), "");                // no number
  EXPECT_NE(message_of("a,x.png,benign,../m.png,,mask,\n"), "");                  // outside
  EXPECT_NE(message_of(",x.png,benign,,,none,\n"), "");                           // no id
}

TEST(Manifest, BackslashesOfWindowsAreSlashes) {
  const TemporaryFolder folder;
  write_file_atomically(folder / kManifestName, kHead + std::string("a,sub\\x.png,benign,sub\\m.png,,mask,\n"));
  const Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(manifest.samples[0].image, "sub/x.png");
  EXPECT_EQ(manifest.samples[0].masks[0], "sub/m.png");
  EXPECT_NE(message_of("a,..\\x.png,benign,,,none,\n"), "");
  EXPECT_NE(message_of("a,C:\\pictures\\x.png,benign,,,none,\n"), "");
}

TEST(Manifest, RemembersWhatTheClassesStandFor) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 2);
  EXPECT_FALSE(std::filesystem::exists(folder / "lanet-dataset.toml"));
  manifest.positive_class = "benign";
  manifest.normal_class = "malignant";
  write_manifest(folder / kManifestName, manifest);
  EXPECT_EQ(read_manifest(folder.path()).positive_class, "benign");
  EXPECT_EQ(read_manifest(folder.path()).normal_class, "malignant");
  EXPECT_TRUE(std::filesystem::exists(read_manifest(folder.path()).image_path(manifest.samples[0])));
}

TEST(Manifest, IsNotWrittenOverFilesOfOthers) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 2);
  write_file_atomically(folder / "mine.csv", "mine");
  EXPECT_THROW(write_manifest(folder / "mine.csv", manifest), InTheWay);
  EXPECT_EQ(read_file(folder / "mine.csv"), "mine");
  write_file_atomically(folder / "other.toml", "# mine\n");
  manifest.positive_class = "benign";
  EXPECT_THROW(write_manifest(folder / "other.csv", manifest), InTheWay);
  EXPECT_EQ(read_file(folder / "other.toml"), "# mine\n");
  EXPECT_THROW(write_other_manifest(folder / kManifestName, manifest, folder / kManifestName, true), ConfigError);
}

TEST(Manifest, TheRootFilesOfEarlierVersionsAreReplaced) {
  const TemporaryFolder folder, images;
  const Manifest manifest = write_phantoms(images.path(), 2);
  write_file_atomically(folder / "lanet-dataset.toml", "# of an earlier version\nimage_root = \"elsewhere\"\n");
  write_manifest(folder / kManifestName, manifest);
  EXPECT_TRUE(std::filesystem::exists(read_manifest(folder.path()).image_path(manifest.samples[0])));
}

TEST(RewriteGroups, ChangesTheGroupsAlone) {
  const TemporaryFolder folder;
  const std::string list =
      "note;id;image;class;boxes;location\n\"a; b\";1;x.png;benign;1,5 2 3 4;boxes\nc;2;y.png;;;none\n";
  write_file_atomically(folder / kManifestName, list);
  Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(rewrite_groups(folder / kManifestName, manifest), "") << "no group changed";
  EXPECT_EQ(read_file(folder / kManifestName), list);
  manifest.samples[1].group = "p";
  EXPECT_EQ(rewrite_groups(folder / kManifestName, manifest), "lanet-dataset-before.csv");
  EXPECT_EQ(read_file(folder / "lanet-dataset-before.csv"), list);
  EXPECT_EQ(read_file(folder / kManifestName),
            "note,id,image,class,boxes,location,group\na; b,1,x.png,benign,1.5 2 3 4,boxes,\nc,2,y.png,,,none,p\n");
}

TEST(LabelCounts, SaysWhatThereIsToLearnFrom) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 6);
  write_png(folder / "empty.png", make_mask(90, 110));
  manifest.samples[0].masks = {"empty.png"};
  manifest.samples[1].location = Location::kBoxes;
  manifest.samples[1].boxes = {{1, 2, 30, 40}};
  manifest.samples[2].location = Location::kNone;
  manifest.samples[3].location = Location::kEmpty;
  manifest.samples[3].class_name.clear();
  SilentProgress silent;
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  const std::vector<std::string> classes{"benign", "malignant"};
  const LabelCounts counts = count_labels(load_cache(manifest, ids, classes, {64, 1}, silent), 2);
  EXPECT_EQ(
      label_counts_text(counts, classes),
      "6 images: 3 benign, 2 malignant, 1 of no class; 2 usable masks, 1 masks without a pixel, 1 images with boxes, "
      "1 images without a lesion, 1 images without location");
  require_location(counts, "x");
  const LabelCounts none = count_labels(load_cache(manifest, {"phantom_0", "phantom_2"}, classes, {64, 1}, silent), 2);
  const std::string message = refusal<DataError>([&] { require_location(none, "x"); });
  EXPECT_TRUE(has(message, "1 training masks, all without a pixel")) << message;
}

TEST(Manifest, DamagedCopiesAreReadOrRefused) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 4);
  for (const std::string& damaged : damaged_copies(read_file(folder / kManifestName), 2000)) {
    try {
      EXPECT_LE(parse_manifest(parse_csv(damaged, "x"), folder.path()).samples.size(), manifest.samples.size());
    } catch (const DataError&) {
    }
  }
}

TEST(Location, TextsAndBack) {
  for (const Location location : {Location::kMask, Location::kBoxes, Location::kNone, Location::kEmpty})
    EXPECT_EQ(location_from_text(to_text(location), "x"), location);
  EXPECT_THROW(location_from_text("Mask", "x"), DataError);
}

TEST(ReadTruthMask, FollowsTheStates) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 1);
  Sample sample = manifest.samples[0];
  EXPECT_GT(area(*read_truth_mask(manifest, sample, 90, 110)), 100);
  EXPECT_THROW(read_truth_mask(manifest, sample, 91, 110), DataError);
  sample.location = Location::kNone;
  EXPECT_FALSE(read_truth_mask(manifest, sample, 90, 110));
  sample.location = Location::kEmpty;
  EXPECT_EQ(area(*read_truth_mask(manifest, sample, 90, 110)), 0);
  sample.location = Location::kBoxes;
  sample.boxes = {{0, 0, 10, 10}, {5, 5, 15, 15}};
  EXPECT_EQ(area(*read_truth_mask(manifest, sample, 90, 110)), 175);  // 100 + 100 - 25
}

TEST(ImageCache, DependsNeitherOnThreadsNorOnWhereItLies) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 6);
  SilentProgress silent;
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  const auto one = load_cache(manifest, ids, {"benign", "malignant"}, {64, 1}, silent);
  const auto four = load_cache(manifest, ids, {"benign", "malignant"}, {64, 4, 1, folder.path()}, silent);
  ASSERT_EQ(one.size(), 6U);
  EXPECT_FALSE(one.on_disk());
  EXPECT_TRUE(four.on_disk());  // more than one byte
  for (std::size_t index = 0; index < one.size(); ++index) {
    EXPECT_EQ(one.at(index).id, ids[index]);
    EXPECT_EQ(one.at(index).image.pixels, four.at(index).image.pixels);
    EXPECT_EQ(one.at(index).mask.pixels, four.at(index).mask.pixels);
    EXPECT_EQ(one.at(index).class_index, static_cast<std::int64_t>(index % 2));
  }
}

TEST(ImageCache, NamesEveryUnreadableImage) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 3);
  write_file_atomically(folder / "phantom_0.png", "broken");
  std::filesystem::remove(folder / "phantom_2.png");
  SilentProgress silent;
  const std::string message = refusal<DataError>([&] {
    load_cache(manifest, {"phantom_0", "phantom_1", "phantom_2"}, {"benign", "malignant"}, {64, 2}, silent);
  });
  EXPECT_TRUE(has(message, "phantom_0.png")) << message;
  EXPECT_TRUE(has(message, "phantom_2.png")) << message;
}

TEST(Fingerprint, ChangesWithLabelsAndPixels) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 2);
  const std::vector<std::string> ids{"phantom_0", "phantom_1"};
  const std::string before = fingerprint(manifest, ids);
  EXPECT_EQ(fingerprint(manifest, {"phantom_1", "phantom_0"}), before);
  manifest.samples[0].class_name = "malignant";
  EXPECT_NE(fingerprint(manifest, ids), before);
  manifest.samples[0].class_name = "benign";
  EXPECT_EQ(fingerprint(manifest, ids), before);
  write_png(folder / "phantom_0.png", make_phantom(true, 99).image);
  EXPECT_NE(fingerprint(manifest, ids), before);
}

TEST(Statistics, CountsClassesAndSubsets) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 6, 2);
  const Split split = read_split(folder / "split.csv");
  const std::string table = dataset_table(manifest, &split);
  EXPECT_TRUE(has(table, "benign 3, malignant 3")) << table;
  EXPECT_TRUE(has(table, "val")) << table;
  EXPECT_TRUE(has(dataset_json(manifest, &split), "\"malignant\""));
}

}  // namespace
}  // namespace lanet
