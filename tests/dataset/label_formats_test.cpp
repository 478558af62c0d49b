// COCO, YOLO, LabelMe and videos: what they say, and what they get wrong.
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/import.hpp"
#include "dataset/label_files.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

TEST(FillPolygon, PixelsWhoseCentreIsInside) {
  const Mask square = fill_polygon({{1, 1}, {3, 1}, {3, 3}, {1, 3}}, 4, 4);
  EXPECT_EQ(area(square), 4);
  EXPECT_EQ(*bounding_box(square), (Box{1, 1, 3, 3}));
  // Half a 4 x 4 square: centres with x + y < 4 strictly, and those on the edge at most half of the four.
  EXPECT_NEAR(static_cast<double>(area(fill_polygon({{0, 0}, {4, 0}, {0, 4}}, 4, 4))), 8, 2);
  EXPECT_EQ(area(fill_polygon({{-10, -10}, {20, -10}, {20, 20}, {-10, 20}}, 4, 5)), 20);
  EXPECT_EQ(area(fill_polygon({{0, 0}, {4, 4}}, 4, 4)), 0);
}

TEST(Coco, CompressedRunsAsPycocotoolsWritesThem) {
  // pycocotools: encode of a 4 x 4 mask whose middle 2 x 2 is inside: runs 5 2 2 2 5.
  EXPECT_EQ(decode_compressed_runs("52203", "x"), (std::vector<std::int64_t>{5, 2, 2, 2, 5}));
  EXPECT_THROW(decode_compressed_runs("\x01", "x"), DataError);
  EXPECT_THROW(decode_compressed_runs("ooooooooooooo", "x"), DataError);
}

const char* const kCoco = R"json({
  "categories": [{"id": 1, "name": "benign"}, {"id": 2, "name": "malignant"}],
  "images": [{"id": 10, "file_name": "a.png", "height": 20, "width": 30},
             {"id": 11, "file_name": "b.png", "height": 20, "width": 30},
             {"id": 12, "file_name": "c.png", "height": 20, "width": 30},
             {"id": 13, "file_name": "../secret.png", "height": 20, "width": 30}],
  "annotations": [
    {"id": 1, "image_id": 10, "category_id": 1, "bbox": [2, 2, 4, 4], "segmentation": [[2, 2, 6, 2, 6, 6, 2, 6]]},
    {"id": 2, "image_id": 10, "category_id": 1, "bbox": [0, 0, 30, 1], "segmentation": {"size": [20, 30], "counts": [0, 1, 599]}},
    {"id": 3, "image_id": 11, "category_id": 2, "bbox": [5, 5, 12, 10]}]
})json";

class LabelFormats : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b", "c"})
      write_png(folder_ / ("in/" + std::string(name) + ".png"), make_image(20, 30, 1));
    options_.out = folder_ / "out";
  }
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_ / ("in/" + name), text);
  }
  Imported import_as(const std::string& format, const fs::path& source) {
    options_.format = format;
    options_.source = source;
    return import_dataset(options_);
  }
  std::int64_t mask_area(const Imported& imported, std::size_t sample) {
    return area(read_mask(imported.manifest.mask_path(imported.manifest.samples[sample].masks.at(0))));
  }

  TemporaryFolder folder_;
  ImportOptions options_;
};

TEST_F(LabelFormats, CocoPolygonsRunsBoxesAndNothing) {
  write("list.json", kCoco);
  const Imported imported = import_as("auto", folder_ / "in/list.json");
  ASSERT_EQ(imported.manifest.samples.size(), 3u);
  EXPECT_EQ(imported.manifest.samples[0].location, Location::kMask);
  EXPECT_EQ(imported.manifest.samples[0].class_name, "benign");
  EXPECT_EQ(mask_area(imported, 0), 17);  // 4 x 4 and the first pixel
  EXPECT_EQ(imported.manifest.samples[1].location, Location::kBoxes);
  EXPECT_EQ(imported.manifest.samples[1].boxes, (std::vector<Box>{{5, 5, 17, 15}}));
  EXPECT_EQ(imported.manifest.samples[2].location, Location::kNone);
  EXPECT_EQ(imported.manifest.samples[2].class_name, "");
  ASSERT_EQ(imported.report.problems.size(), 1u);
  EXPECT_TRUE(has(imported.report.problems[0], "../secret.png"));
  write_manifest(folder_ / "out/lanet-dataset.csv", imported.manifest);
  const Manifest again = read_manifest(folder_ / "out");
  EXPECT_EQ(read_image(again.image_path(again.samples[0])).width, 30);
}

TEST_F(LabelFormats, CocoInDisorder) {
  EXPECT_TRUE(has(refusal<DataError>([] { parse_coco(R"({"images": [], "categories": []})", "x"); }), "x: "));
  // A size past the limits is not believed; the picture's own counts.
  EXPECT_FALSE(
      parse_coco(
          R"({"categories": [], "images": [{"id": 1, "file_name": "a", "height": 1000000, "width": 1000000}], "annotations": []})",
          "x")
          .pictures.at(0)
          .size);
  for (const std::string& bytes : damaged_copies(kCoco)) {
    try {
      parse_coco(bytes, "x");
    } catch (const DataError& error) {
      EXPECT_FALSE(has(error.what(), "\n"));
    }
  }
}

TEST_F(LabelFormats, YoloBoxesPolygonsAndSubsets) {
  for (const char* name : {"images/train/a.png", "images/train/b.png", "images/val/c.png"})
    write_png(folder_ / ("in/" + std::string(name)), make_image(20, 30, 1));
  write("data.yaml", "train: images/train\nnames:\n  0: benign\n  1: 'malignant'\nnc: 2\n");
  write("labels/train/a.txt", "1 0.5 0.5 0.4 0.6\n");
  write("labels/val/c.txt", "0 0 0 0.5 0 0.5 0.5 0 0.5\n");
  const Imported imported = import_as("auto", folder_ / "in");
  ASSERT_EQ(imported.manifest.samples.size(), 3u);
  // 30 x 20 px: centre 15, 10; 12 wide, 12 high
  EXPECT_EQ(imported.manifest.samples[0].boxes, (std::vector<Box>{{9, 4, 21, 16}}));
  EXPECT_EQ(imported.manifest.samples[0].class_name, "malignant");
  EXPECT_EQ(imported.manifest.samples[1].location, Location::kNone);
  EXPECT_EQ(mask_area(imported, 2), 150);
  EXPECT_EQ(imported.split->subset_of.at("c"), "val");
  write("labels/train/a.txt", "7 0.5 0.5 0.4 0.6\n");
  write("labels/val/c.txt", "0 0.5 0.5\n");
  const Imported wrong = import_as("yolo", folder_ / "in");
  EXPECT_EQ(wrong.report.problems.size(), 2u);
  EXPECT_TRUE(has(wrong.report.problems[0], "class 7"));
  EXPECT_EQ(wrong.manifest.samples.size(), 3u);  // an annotation costs itself, not its picture
  fs::remove(folder_ / "in/data.yaml");
  EXPECT_TRUE(has(refusal<DataError>([&] { import_as("yolo", folder_ / "in"); }), "classes.txt"));
}

TEST_F(LabelFormats, LabelMeShapes) {
  write(
      "a.json",
      R"({"imagePath": "C:\\data\\a.png", "shapes": [{"label": "benign", "points": [[2, 2], [6, 2], [6, 6], [2, 6]], "shape_type": "polygon"}]})");
  write(
      "b.json",
      R"({"imagePath": "b.png", "shapes": [{"label": "malignant", "points": [[20, 15], [5, 5]], "shape_type": "rectangle"}]})");
  write(
      "c.json",
      R"({"imagePath": "c.png", "shapes": [{"label": "benign", "points": [[10, 10], [13, 10]], "shape_type": "circle"}]})");
  const Imported imported = import_as("labelme", folder_ / "in");
  ASSERT_EQ(imported.manifest.samples.size(), 3u);
  EXPECT_EQ(mask_area(imported, 0), 16);
  EXPECT_EQ(imported.manifest.samples[1].boxes, (std::vector<Box>{{5, 5, 20, 15}}));
  EXPECT_NEAR(static_cast<double>(mask_area(imported, 2)), 3.14159 * 9, 4);
  write("a.json", R"({"imagePath": "a.png", "shapes": [{"label": "x", "points": [[2, 2]], "shape_type": "point"}]})");
  EXPECT_TRUE(has(import_as("labelme", folder_ / "in").report.problems.at(0), "the shape 'point'"));
}

TEST_F(LabelFormats, MasksNeedAPlace) {
  write("list.json", kCoco);
  options_.out.clear();
  EXPECT_TRUE(has(refusal<ConfigError>([&] { import_as("coco", folder_ / "in/list.json"); }), "--out"));
}

TEST_F(LabelFormats, FramesOfAVideoAreOneGroup) {
  const fs::path video = folder_ / "videos/malignant/scan.mp4";
  fs::create_directories(video.parent_path());
  const ChildResult made = run_child({"ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                                      "testsrc=size=64x48:rate=10:duration=1", "-c:v", "mpeg4", video.string()});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  write_file_atomically(folder_ / "videos/malignant/broken.avi", "no video");
  options_.every = 4;
  const Imported imported = import_as("video", folder_ / "videos");
  ASSERT_EQ(imported.manifest.samples.size(), 3u);  // frames 0, 4, 8 of 10
  for (const Sample& sample : imported.manifest.samples) {
    EXPECT_EQ(sample.group, "malignant_scan");
    EXPECT_EQ(sample.class_name, "malignant");
    EXPECT_EQ(read_image(imported.manifest.image_path(sample)).width, 64);
  }
  ASSERT_EQ(imported.report.problems.size(), 1u);
  EXPECT_TRUE(has(imported.report.problems[0], "broken.avi"));
}

}  // namespace
}  // namespace lanet
