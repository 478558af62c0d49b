// What holds for all label formats: nothing of the user's changes, every lesion is used, and nothing else is.
#include <map>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sha256.hpp"
#include "dataset/import.hpp"
#include "dataset/label_files.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

class LabelRules : public testing::Test {
 protected:
  void picture(const std::string& name) { write_png(folder_ / name, make_image(40, 60, 1)); }
  void write(const std::string& name, const std::string& text) { write_file_atomically(folder_ / name, text); }
  Imported import(const std::string& source, const std::string& format = "auto", const std::string& out = "out") {
    ImportOptions options;
    options.source = folder_ / source;
    options.format = format;
    options.out = folder_ / out;
    return import_dataset(options);
  }
  std::int64_t mask_area(const Imported& imported, const std::string& id) {
    const Sample& sample = imported.manifest.samples.at(static_cast<std::size_t>(imported.manifest.find(id)));
    return sample.masks.empty() ? -1 : area(read_mask(imported.manifest.mask_path(sample.masks.at(0))));
  }
  std::map<fs::path, std::string> digests() {
    std::map<fs::path, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      if (entry.is_regular_file()) all[entry.path()] = sha256_file(entry.path());
    return all;
  }
  static bool has_line(const std::vector<std::string>& lines, const std::string& part) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return has(line, part); });
  }
  const Sample& sample(const Imported& imported, const std::string& id) {
    return imported.manifest.samples.at(static_cast<std::size_t>(imported.manifest.find(id)));
  }

  TemporaryFolder folder_;
};

// A 10 x 10 square as outline, and a box beside it.
const char* const kMixedYolo =
    "1 0.1 0.1 0.26666667 0.1 0.26666667 0.35 0.1 0.35\n"
    "1 0.75 0.75 0.25 0.25\n";
const char* const kMixedShapes =
    R"("shapes": [{"label": "malignant", "points": [[6, 4], [16, 4], [16, 14], [6, 14]], "shape_type": "polygon"},
                  {"label": "malignant", "points": [[40, 20], [55, 30]], "shape_type": "rectangle"}])";

TEST_F(LabelRules, AnImportIntoItsOwnFolderChangesNothingOfTheUsers) {
  for (const char* name : {"y/images/a.png", "c/images/a.png", "l/a.png"}) picture(name);
  write("y/classes.txt", "benign\nmalignant\n");
  write("y/labels/a.txt", kMixedYolo);
  write(
      "c/list.json",
      R"({"categories": [{"id": 1, "name": "benign"}], "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}],
            "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[6, 4, 16, 4, 16, 14, 6, 14]]}]})");
  write("l/a.json", R"({"imagePath": "a.png", )" + std::string(kMixedShapes) + "}");
  for (const char* set : {"y", "c", "l"}) write(std::string(set) + "/masks/a.png", "mine");
  const auto before = digests();
  for (const auto& [source, out] : {std::pair{"y", "y"}, std::pair{"c/list.json", "c"}, std::pair{"l", "l"}})
    for (int round = 0; round < 2; ++round) {
      const Imported imported = import(source, "auto", out);
      EXPECT_EQ(sample(imported, "a").masks.at(0), "masks/a_drawn.png") << source;
      EXPECT_GE(mask_area(imported, "a"), 100);
      write_manifest(folder_ / out / kManifestName, imported.manifest);
      EXPECT_EQ(read_image(read_manifest(folder_ / out).image_path(sample(imported, "a"))).width, 60);
    }
  auto after = digests();
  for (const auto& [file, digest] : before) EXPECT_EQ(after[file], digest) << file;
}

TEST_F(LabelRules, BoxesBesideOutlinesArePartOfTheMask) {
  for (const char* name : {"y/images/a.png", "c/a.png", "l/a.png"}) picture(name);
  write("y/classes.txt", "benign\nmalignant\n");
  write("y/labels/a.txt", kMixedYolo);
  write(
      "c/list.json",
      R"({"categories": [{"id": 2, "name": "malignant"}], "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}],
            "annotations": [{"image_id": 1, "category_id": 2, "segmentation": [[6, 4, 16, 4, 16, 14, 6, 14]]},
                            {"image_id": 1, "category_id": 2, "bbox": [40, 20, 15, 10], "segmentation": []}]})");
  write("l/a.json", R"({"imagePath": "a.png", )" + std::string(kMixedShapes) + "}");
  EXPECT_EQ(mask_area(import("y"), "a"), 100 + 150);  // 10 x 10 and 15 x 10
  const Imported coco = import("c");
  EXPECT_EQ(mask_area(coco, "a"), 100 + 150);
  EXPECT_TRUE(has_line(coco.report.notes, "boxes beside outlines"));
  EXPECT_EQ(mask_area(import("l"), "a"), 100 + 150);
}

TEST_F(LabelRules, NamesOfYoloFollowTheirNumbers) {
  picture("y/images/a.png");
  const auto class_of = [&](const std::string& yaml, const std::string& name, int number) {
    for (const char* old : {"data.yaml", "data.yml"}) fs::remove(folder_ / "y" / old);
    write("y/" + name, yaml);
    write("y/labels/a.txt", std::to_string(number) + " 0.5 0.5 0.5 0.5\n");
    return sample(import("y"), "a").class_name;
  };
  EXPECT_EQ(class_of("names:\n  1: malignant\n  0: benign\n", "data.yaml", 0), "benign");
  EXPECT_EQ(class_of("names:\n  5: benign\n  7: \"malignant\"\n", "data.yaml", 5), "benign");
  EXPECT_EQ(class_of("names: {1: benign, 2: malignant}\n", "data.yml", 2), "malignant");
  EXPECT_EQ(class_of("names: ['benign, simple', malignant]\n", "data.yaml", 0), "benign, simple");
  EXPECT_EQ(class_of("\xEF\xBB\xBFnames: [\n  benign, # first\n  malignant,\n]\n", "data.yaml", 1), "malignant");
  EXPECT_EQ(class_of("names:\n- benign\n- malignant\n", "data.yml", 1), "malignant");
  EXPECT_EQ(class_of("names: {benign: 0, malignant: 1}\n", "data.yaml", 1), "malignant");
  EXPECT_TRUE(has(refusal<DataError>([&] { class_of("names: [a\n", "data.yaml", 0); }), "no YAML"));
  EXPECT_TRUE(has(refusal<DataError>([&] { class_of("nc: 2\n", "data.yaml", 0); }), "names"));
}

TEST_F(LabelRules, LabelsOfYoloBesideTheirPicturesAndInListsOfCvat) {
  picture("beside/images/a.png");
  write("beside/images/a.txt", "0 0.5 0.5 0.5 0.5\n");
  write("beside/classes.txt", "benign\nmalignant\n");
  EXPECT_EQ(sample(import("beside"), "a").class_name, "benign");
  for (const char* name : {"cvat/obj_train_data/a.png", "cvat/obj_valid_data/b.png"}) picture(name);
  write("cvat/obj_train_data/a.txt", "1 0.5 0.5 0.5 0.5\n");
  write("cvat/obj_valid_data/b.txt", "0 0.5 0.5 0.5 0.5\n");
  write("cvat/obj.names", "benign\nmalignant\n");
  write("cvat/obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n");
  write("cvat/train.txt", "data/obj_train_data/a.png\n");
  const Imported cvat = import("cvat");
  EXPECT_EQ(sample(cvat, "a").class_name, "malignant");
  ASSERT_TRUE(cvat.split);
  EXPECT_EQ(cvat.split->subset_of.at("a"), "train");
  EXPECT_EQ(cvat.split->subset_of.at("b"), "val");
  for (const char* name : {"robo/train/images/a.png", "robo/valid/images/b.png"}) picture(name);
  write("robo/data.yaml", "train: ../train/images\nval: ../valid/images\nnames: [benign, malignant]\n");
  write("robo/train/labels/a.txt", "1 0.5 0.5 0.5 0.5\n");
  const Imported robo = import("robo");
  EXPECT_EQ(sample(robo, "a").class_name, "malignant");
  EXPECT_EQ(robo.split->subset_of.at("b"), "val");
}

TEST_F(LabelRules, LinesOfYoloThatAreNoBoxAndNoOutlineCostThemselves) {
  const YoloNames names = parse_yolo_names("benign\n\nmalignant\n");
  EXPECT_EQ(names.names.at(2), "malignant");  // an empty line has its number
  const LabelFile bad = parse_yolo_labels(
      "0 0.5 0.5 0.2 0.2\n9 0.5 0.5 0.2 0.2\n0 nan 0.5 0.2 0.2\n-1 0.5 0.5 0.2 0.2\n0 7 0.5 0.2 0.2\n", names, "a.txt");
  EXPECT_EQ(bad.pictures[0].shapes.size(), 1U);
  EXPECT_EQ(bad.report.problems.size(), 4U);
  EXPECT_FALSE(bad.pictures[0].location_lost);
  const LabelFile rotated = parse_yolo_labels("0 0.5 0.5 0.2 0.2 1.2\n", names, "a.txt");
  EXPECT_TRUE(has(rotated.report.problems.at(0), "a rotated box"));
  EXPECT_TRUE(rotated.pictures[0].location_lost);  // it may be a lesion
  YoloNames pose = names;
  pose.keypoint_numbers = 6;
  EXPECT_TRUE(
      has(parse_yolo_labels("0 0.5 0.5 0.2 0.2 .1 .1 2 .3 .3 2\n", pose, "a.txt").report.problems.at(0), "key points"));
}

TEST_F(LabelRules, AnEmptyLabelFileOfYoloIsABackgroundImage) {
  for (const char* name : {"y/images/empty.png", "y/images/none.png", "y/images/bad.png"}) picture(name);
  write("y/classes.txt", "benign\n");
  write("y/labels/empty.txt", "\n");
  write("y/labels/bad.txt", "9 0.5 0.5 0.2 0.2\n");
  const Imported imported = import("y");
  EXPECT_EQ(sample(imported, "empty").location, Location::kEmpty);
  EXPECT_EQ(sample(imported, "none").location, Location::kNone);
  EXPECT_EQ(sample(imported, "bad").location, Location::kNone);
}

TEST_F(LabelRules, AFileThatIsBrokenCostsItselfAndShowsNoTextOfALibrary) {
  for (const char* name : {"l/a.png", "v/a.png"}) picture(name);
  write("l/a.json", R"({"imagePath": "a.png", "shapes": []})");
  write("l/b.json", "{\n\"shapes\": [");
  write("v/a.xml", "<annotation><filename>a.png</filename></annotation>");
  write("v/b.xml", "<annotation><filename>");
  const Imported json = import("l", "labelme"), xml = import("v", "voc");
  EXPECT_EQ(json.manifest.samples.size(), 1U);
  EXPECT_TRUE(has_line(json.report.problems, "no JSON (line 2)"));
  EXPECT_FALSE(has_line(json.report.problems, "parse_error"));
  EXPECT_EQ(xml.manifest.samples.size(), 1U);
  EXPECT_TRUE(has_line(xml.report.problems, "no XML"));
}

TEST_F(LabelRules, WhatIsNoLesionIsNotDrawnAndABadAnnotationCostsItself) {
  for (const char* name : {"c/a.png", "c/b.png", "c/d.png"}) picture(name);
  write("c/list.json", R"({"categories": [{"id": 1, "name": "benign"}, {"id": "3", "name": "acoustic_shadow"}],
      "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}, {"id": "2", "file_name": "imgs\\b.png"},
                 {"id": 3, "file_name": "d.png", "height": 40, "width": 60}],
      "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[6, 4, 16, 4, 16, 14, 6, 14]]},
                      {"image_id": 1, "category_id": 3, "segmentation": [[0, 0, 50, 0, 50, 30, 0, 30]]},
                      {"image_id": 2, "category_id": "1", "segmentation": [[1, 2, 3, 4]], "bbox": [5, 5, 20, 20]},
                      {"image_id": 2, "category_id": 1, "bbox": [NaN, 5, 20, 20]},
                      {"image_id": 77, "category_id": 1, "bbox": [5, 5, 20, 20]},
                      {"image_id": 2, "category_id": 9, "bbox": [5, 5, 20, 20]}]})");
  const Imported imported = import("c/list.json");
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  EXPECT_EQ(mask_area(imported, "a"), 100);
  EXPECT_EQ(sample(imported, "a").class_name, "benign");
  EXPECT_TRUE(has_line(imported.report.notes, "'acoustic_shadow' is no lesion"));
  EXPECT_EQ(sample(imported, "b").boxes, (std::vector<Box>{{5, 5, 25, 25}}));
  EXPECT_TRUE(has_line(imported.report.problems, "annotation 4: "));
  EXPECT_TRUE(has_line(imported.report.problems, "image id '77'"));
  EXPECT_TRUE(has_line(imported.report.problems, "category id '9'"));
  EXPECT_EQ(sample(imported, "d").location, Location::kNone);
}

TEST_F(LabelRules, LabelsThatNameNoLesionAreTheListedWords) {
  for (const char* label : {"shadow", "Acoustic Shadow", "posterior_enhancement", "caliper", "Artefakt", "rib"})
    EXPECT_TRUE(is_no_lesion_label(label)) << label;
  for (const char* label : {"benign", "lesion", "mass with shadow", "cyst", "tumor_shadow", "", "BI-RADS 4", "foo"})
    EXPECT_FALSE(is_no_lesion_label(label)) << label;
}

TEST_F(LabelRules, NormalIsKnownInEveryLanguageOfTheClassNames) {
  for (const char* label : {"normal", "Normal", "no_finding", "正常"}) EXPECT_TRUE(is_normal_label(label)) << label;
  for (const char* label : {"benign", "abnormal", ""}) EXPECT_FALSE(is_normal_label(label)) << label;
}

TEST_F(LabelRules, EqualFileNamesInSeveralFoldersStayApart) {
  for (const char* name : {"c/P0/img.png", "c/P1/img.png"}) picture(name);
  write("c/list.json", R"({"categories": [{"id": 1, "name": "benign"}],
      "images": [{"id": 1, "file_name": "P0/img.png"}, {"id": 2, "file_name": "D:\\data\\P1\\img.png"},
                 {"id": 3, "file_name": "P9/img.png"}, {"id": 4, "file_name": "../secret.png"}],
      "annotations": [{"image_id": 2, "category_id": 1, "bbox": [5, 5, 20, 20]}]})");
  write_png(folder_ / "secret.png", make_image(40, 60, 1));
  const Imported imported = import("c/list.json");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample(imported, "P1/img").class_name, "benign");
  EXPECT_EQ(sample(imported, "P0/img").class_name, "");
  EXPECT_TRUE(has_line(imported.report.problems, "P9/img.png"));  // two files would fit
  EXPECT_TRUE(has_line(imported.report.problems, "../secret.png"));
}

TEST_F(LabelRules, RoboflowFoldersOfCocoAreSubsets) {
  for (const char* name : {"r/train/a.png", "r/valid/b.png"}) picture(name);
  for (const auto& [subset, name] : {std::pair{"train", "a.png"}, std::pair{"valid", "b.png"}})
    write(
        std::string("r/") + subset + "/_annotations.coco.json",
        R"({"categories": [{"id": 0, "name": "breast"}, {"id": 1, "name": "benign"}], "images": [{"id": 0, "file_name": ")" +
            std::string(name) + R"("}], "annotations": [{"image_id": 0, "category_id": 1, "bbox": [5, 5, 20, 20]}]})");
  const Imported imported = import("r");
  EXPECT_EQ(imported.split->subset_of.at("a"), "train");
  EXPECT_EQ(imported.split->subset_of.at("b"), "val");
}

TEST_F(LabelRules, LabelMeShapesOfEveryVersion) {
  for (const char* name : {"l/images/a.png", "l/images/b.png", "l/images/d.png"}) picture(name);
  write(
      "l/json/a.json",
      R"({"imagePath": "..\\images\\a.png", "imageHeight": 40, "imageWidth": 60, "flags": {"malignant": true, "x": false},
            "shapes": [{"label": "lesion", "points": [[5, 5], [25, 5], [25, 15], [5, 15]], "shape_type": "rectangle"}]})");
  // A mask of 2 x 1 pixels, both inside, at (3, 4).
  write(
      "l/json/b.json",
      R"({"imagePath": "../images/b.png", "shapes": [{"label": "benign", "points": [[3, 4], [4, 4]], "shape_type": "mask", "mask": ")" +
          std::string("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGP4/x8AAwAB//wl3FEAAAAASUVORK5CYII=") +
          R"("}, {"label": "benign", "points": [[1, 1]], "shape_type": "point"}, 7]})");
  write("l/json/d.json", R"({"imagePath": "../images/d.png", "imageHeight": 41, "imageWidth": 60, "shapes": []})");
  write("l/json/e.json", R"({"imagePath": "../images/e.png", "imageData": "AAAA", "shapes": []})");
  const Imported imported = import("l");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample(imported, "a").class_name, "malignant");
  EXPECT_EQ(sample(imported, "a").boxes, (std::vector<Box>{{5, 5, 25, 15}}));
  EXPECT_EQ(mask_area(imported, "b"), 2);
  EXPECT_TRUE(has_line(imported.report.problems, "41 px"));
  EXPECT_TRUE(has_line(imported.report.problems, "imageData"));
  EXPECT_TRUE(has_line(imported.report.problems, "the shape 'point'"));
  EXPECT_EQ(import("l/json", "labelme").manifest.samples.size(), 2U);
}

TEST_F(LabelRules, ListsKeepWhatTheyKnow) {
  for (const char* name : {"c/P0/a.png", "c/P1/a.png", "c/b.png"}) picture(name);
  write_png(folder_ / "c/m.png", fill_boxes({{5, 5, 15, 15}}, 40, 60));
  write("c/list.csv",
        "\xEF\xBB\xBFImage;Class;Patient;Masks;Boxes;Spacing_X_mm;Device;split\r\n"
        "P0\\a.png;benign;7;m.png;;0,07;GE;train\r\n"
        "P1/a.png;malignant;8;;5 5 25,5 25;;GE;test\r\n"
        "b.png;normal;9;;;;;test\r\n"
        "gone.png;benign;9;;;;;test\r\nb.png;x\r\n");
  const Imported imported = import("c/list.csv");
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  const Sample& first = sample(imported, "P0/a");
  EXPECT_EQ(first.group, "7");
  EXPECT_EQ(first.masks, (std::vector<std::string>{"m.png"}));
  EXPECT_EQ(first.spacing->y_mm, 0.07);
  EXPECT_EQ(first.extra.at("Device"), "GE");
  EXPECT_EQ(imported.manifest.extra_columns, (std::vector<std::string>{"Device"}));
  EXPECT_EQ(sample(imported, "P1/a").boxes, (std::vector<Box>{{5, 5, 25.5, 25}}));
  EXPECT_EQ(sample(imported, "b").location, Location::kEmpty);
  EXPECT_EQ(imported.split->subset_of.at("P1/a"), "test");
  EXPECT_TRUE(has_line(imported.report.problems, "gone.png"));
  EXPECT_TRUE(has_line(imported.report.problems, "list.csv:6"));
  EXPECT_TRUE(has_line(imported.report.notes, "semicolons"));
  write("c/latin.csv", "file,label\nb.png,b\xF6sartig\n");
  const Imported latin = import("c/latin.csv");
  EXPECT_EQ(sample(latin, "b").class_name, "bösartig");
  EXPECT_TRUE(has_line(latin.report.notes, "windows-1252"));
}

TEST_F(LabelRules, APicturesClassIsOneOrUnknown) {
  picture("y/images/a.png");
  write("y/classes.txt", "benign\nmalignant\n");
  write("y/labels/a.txt", "0 0.25 0.5 0.3 0.3\n1 0.75 0.5 0.3 0.3\n");
  const Imported imported = import("y");
  EXPECT_EQ(sample(imported, "a").class_name, "");
  EXPECT_EQ(sample(imported, "a").boxes.size(), 2U);
  EXPECT_TRUE(has_line(imported.report.problems, "benign, malignant"));
}

TEST_F(LabelRules, LabelsThatContradictEachOtherAreNotChosenFrom) {
  const auto labelled = [&](const std::string& id, const std::string& flag, const std::string& label) {
    picture("l/" + id + ".png");
    write("l/" + id + ".json", R"({"imagePath": ")" + id +
                                   R"(.png", "imageHeight": 40, "imageWidth": 60, "flags": {")" + flag +
                                   R"(": true}, "shapes": [{"label": ")" + label +
                                   R"(", "points": [[5, 5], [25, 15]], "shape_type": "rectangle"}]})");
  };
  labelled("a", "benign", "malignant");
  labelled("b", "normal", "Malignant");
  labelled("c", "malignant", "Malignant tumour");  // the same in other words
  labelled("d", "malignant", "normal");            // an outline of healthy tissue
  labelled("e", "benign", "lesion");
  const Imported imported = import("l");
  ASSERT_EQ(imported.manifest.samples.size(), 5U);
  for (const char* id : {"a", "b"}) EXPECT_EQ(sample(imported, id).class_name, "") << id;
  for (const char* id : {"c", "d"}) EXPECT_EQ(sample(imported, id).class_name, "malignant") << id;
  EXPECT_EQ(sample(imported, "e").class_name, "benign");
  EXPECT_EQ(imported.report.problems.size(), 2U);
  EXPECT_TRUE(has_line(imported.report.problems, "a.png with the classes benign, malignant"));
  EXPECT_TRUE(has_line(imported.report.problems, "b.png with the classes Malignant, normal"));
}

}  // namespace
}  // namespace lanet
