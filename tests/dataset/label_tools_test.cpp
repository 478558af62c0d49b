// Pascal VOC, CVAT, Label Studio and VIA: what they say, and what they get wrong.
#include <gtest/gtest.h>

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

class LabelTools : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"in/a.png", "in/b.png"}) write_png(folder_ / name, make_image(20, 30, 1));
  }
  void write(const std::string& name, const std::string& text) { write_file_atomically(folder_ / name, text); }
  Imported import(const std::string& source) {
    ImportOptions options;
    options.source = folder_ / source;
    options.out = folder_ / "out";
    options.min_box_area = 10;
    return import_dataset(options);
  }
  std::int64_t mask_area(const Imported& imported, const std::string& id) {
    const Sample& sample = imported.manifest.samples.at(static_cast<std::size_t>(imported.manifest.find(id)));
    return sample.masks.empty() ? -1 : area(read_mask(imported.manifest.mask_path(sample.masks.at(0))));
  }
  const Sample& sample(const Imported& imported, const std::string& id) {
    return imported.manifest.samples.at(static_cast<std::size_t>(imported.manifest.find(id)));
  }
  /// Damaged copies are read or refused in one line.
  template <class Parse>
  static void expect_sturdy(const std::string& text, const Parse& parse) {
    for (const std::string& bytes : damaged_copies(text)) {
      try {
        parse(bytes, "x");
      } catch (const Error& error) {
        EXPECT_FALSE(has(error.what(), "\n"));
      }
    }
  }

  TemporaryFolder folder_;
};

const char* const kVoc =
    "<annotation><filename>a.png</filename><size><width>30</width><height>20</height></size>"
    "<object><name>benign</name><bndbox><xmin>5</xmin><ymin>4</ymin><xmax>17</xmax><ymax>14</ymax></bndbox></object>"
    "<object><name>shadow</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>29</xmax><ymax>19</ymax></bndbox></object>"
    "<object><name>benign</name><bndbox><xmin>x</xmin><ymin>4</ymin><xmax>17</xmax><ymax>14</ymax></bndbox></object>"
    "</annotation>";

TEST_F(LabelTools, VocBoxesAndMasks) {
  write("in/a.xml", kVoc);
  const Imported boxes = import("in");
  ASSERT_EQ(boxes.manifest.samples.size(), 1U);
  EXPECT_EQ(sample(boxes, "a").boxes, (std::vector<Box>{{5, 4, 17, 14}}));
  EXPECT_EQ(sample(boxes, "a").class_name, "benign");
  EXPECT_EQ(boxes.report.problems.size(), 1U);
  // With masks: the colour of the class, one pixel in that of the shadow.
  Image mask = make_image(20, 30, 3);
  for (std::size_t pixel = 0; pixel < 7; ++pixel) mask.pixels[3 * pixel] = 128;
  mask.pixels[3 * 100 + 1] = 128;
  write_png(folder_ / "voc/SegmentationClass/a.png", mask);
  write_png(folder_ / "voc/JPEGImages/a.png", make_image(20, 30, 1));
  write("voc/Annotations/a.xml", kVoc);
  write("voc/labelmap.txt",
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\nbenign:128,0,0::\nshadow:0,128,0::\n");
  const Imported masks = import("voc");
  EXPECT_EQ(mask_area(masks, "a"), 7);
  EXPECT_EQ(sample(masks, "a").class_name, "benign");
  expect_sturdy(kVoc, parse_voc);
}

const char* const kCvat = R"(<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>
  <image id="0" name="in/a.png" width="30" height="20" subset="Train"><tag label="malignant"/>
    <box label="lesion" xtl="5" ytl="4" xbr="17" ybr="14"/></image>
  <image id="1" name="b.png" width="30" height="20" subset="Test">
    <polygon label="benign" points="2,2;6,2;6,6;2,6"/>
    <mask label="benign" rle="1, 2, 3" left="20" top="10" width="3" height="2"/>
    <polyline label="benign" points="1,1;2,2"/></image></annotations>)";

TEST_F(LabelTools, CvatShapesTagsAndSubsets) {
  write("in/annotations.xml", kCvat);
  const Imported imported = import("in");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample(imported, "a").class_name, "malignant");
  EXPECT_EQ(sample(imported, "a").boxes, (std::vector<Box>{{5, 4, 17, 14}}));
  EXPECT_EQ(mask_area(imported, "b"), 16 + 2);
  EXPECT_EQ(imported.split->subset_of.at("b"), "test");
  EXPECT_TRUE(has(imported.report.problems.at(0), "a polyline"));
  EXPECT_TRUE(has(refusal<DataError>([] { parse_cvat("<annotations><track/></annotations>", "x"); }), "for video"));
  const LabelFile ellipse = parse_cvat(
      R"(<annotations><image name="a"><ellipse label="x" cx="10" cy="10" rx="4" ry="2" rotation="90"/>
         <mask label="x" rle="1, 2" left="0" top="0" width="3" height="2"/></image></annotations>)",
      "x");
  EXPECT_NEAR(static_cast<double>(area(fill_polygon(ellipse.pictures[0].shapes.at(0).polygons[0], 20, 20))),
              3.14159 * 8, 4);
  EXPECT_TRUE(has(ellipse.report.problems.at(0), "do not fill"));
  EXPECT_TRUE(ellipse.pictures[0].location_lost);
  expect_sturdy(kCvat, parse_cvat);
}

const char* const kLabelStudio =
    R"([{"id": 1, "data": {"image": "/data/upload/1/1a2b3c4d-a.png"}, "annotations": [{"result": [
    {"type": "rectanglelabels", "original_width": 30, "original_height": 20,
     "value": {"x": 10, "y": 20, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["lesion"]}},
    {"type": "choices", "value": {"choices": ["malignant"]}}]}]},
  {"id": 2, "data": {"image": "/data/local-files/?d=in/b.png"}, "annotations": [{"was_cancelled": true, "result": []}, {"result": [
    {"type": "polygonlabels", "original_width": 30, "original_height": 20,
     "value": {"points": [[10, 10], [20, 10], [20, 30], [10, 30]], "polygonlabels": ["benign"]}}]}]}])";

TEST_F(LabelTools, LabelStudioPercentagesAndChoices) {
  write("in/export.json", kLabelStudio);
  const Imported imported = import("in");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample(imported, "a").class_name, "malignant");
  EXPECT_EQ(sample(imported, "a").boxes, (std::vector<Box>{{3, 4, 18, 14}}));
  EXPECT_EQ(sample(imported, "b").class_name, "benign");
  EXPECT_EQ(mask_area(imported, "b"), 3 * 4);
  expect_sturdy(kLabelStudio, parse_label_studio);
  const LabelFile flat = parse_label_studio(
      R"([{"image": "a.png", "choice": "benign", "label": [{"x": 10, "y": 20, "width": 50, "height": 50,
           "rectanglelabels": ["lesion"], "original_width": 30, "original_height": 20}]}])",
      "x");
  EXPECT_EQ(flat.pictures.at(0).tags, (std::vector<std::string>{"benign"}));
  EXPECT_EQ(flat.pictures[0].shapes.at(0).box, (Box{3, 4, 18, 14}));
}

TEST_F(LabelTools, LabelStudioBrushByHand) {
  // 2 x 1 px RGBA: 8 values. 32 bits: 8; 5 bits: words of 8; 4 x 4 bits: runs of 4, 4, 4, 4 bits; then a run of 4
  // values 255 (1, 00, 0011, 255) and a run of 4 values 0 (1, 00, 0011, 0): the first pixel is inside.
  std::string bits =
      "00000000000000000000000000001000"
      "00111"
      "0011"
      "0011"
      "0011"
      "0011"
      "1"
      "00"
      "0011"
      "11111111"
      "1"
      "00"
      "0011"
      "00000000";
  while (bits.size() % 8 != 0) bits += '0';
  std::string list;
  for (std::size_t byte = 0; byte < bits.size(); byte += 8)
    list += (list.empty() ? "" : ",") + std::to_string(std::stoi(bits.substr(byte, 8), nullptr, 2));
  const auto parse = [&](const std::string& width) {
    return parse_label_studio(R"([{"data": {"image": "a.png"}, "annotations": [{"result": [{"type": "brushlabels",
        "original_height": 1, "original_width": )" +
                                  width + R"(, "value": {"format": "rle", "brushlabels": ["benign"], "rle": [)" + list +
                                  "]}}]}]}]",
                              "x");
  };
  EXPECT_EQ(parse("2").pictures.at(0).shapes.at(0).patch.pixels, (std::vector<std::uint8_t>{1, 0}));
  EXPECT_TRUE(parse("3").pictures.at(0).location_lost);
  EXPECT_TRUE(has(parse("3").report.problems.at(0), "another size"));
}

const char* const kVia = R"json({"_via_img_metadata": {"a.png1": {"filename": "a.png", "size": 1, "file_attributes": {},
    "regions": [{"shape_attributes": {"name": "rect", "x": 5, "y": 4, "width": 12, "height": 10}, "region_attributes": {"class": "benign"}},
                {"shape_attributes": {"name": "point", "cx": 5, "cy": 4}, "region_attributes": {}}]},
  "b.png1": {"filename": "b.png", "regions": {"0": {"shape_attributes": {"name": "polygon", "all_points_x": [2, 6, 6, 2],
    "all_points_y": [2, 2, 6, 6]}, "region_attributes": {"pathology": {"malignant": true, "benign": false}}}}, "file_attributes": {}}}})json";

TEST_F(LabelTools, ViaProjectAndTable) {
  write("in/project.json", kVia);
  const Imported imported = import("in");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample(imported, "a").boxes, (std::vector<Box>{{5, 4, 17, 14}}));
  EXPECT_EQ(sample(imported, "b").class_name, "malignant");
  EXPECT_EQ(mask_area(imported, "b"), 16);
  EXPECT_TRUE(has(imported.report.problems.at(0), "a region 'point'"));
  expect_sturdy(kVia, parse_via);
  fs::remove(folder_ / "in/project.json");
  write("in/via.csv",
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
        "a.png,1,\"{}\",1,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":5,\"\"y\"\":4,\"\"width\"\":12,\"\"height\"\":10}\","
        "\"{\"\"class\"\":\"\"benign\"\"}\"\nb.png,1,\"{}\",0,0,\"{}\",\"{}\"\n");
  const Imported table = import("in");
  EXPECT_EQ(sample(table, "a").boxes, (std::vector<Box>{{5, 4, 17, 14}}));
  EXPECT_EQ(sample(table, "b").location, Location::kNone);
}

}  // namespace
}  // namespace lanet
