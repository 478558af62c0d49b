// What people's data sets taught: each test is a way in which an import was wrong without a word.
#include "dataset/import_checks.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/classes.hpp"
#include "dataset/imported_sample.hpp"
#include "dataset/label_files.hpp"
#include "dataset/mask_names.hpp"
#include "dataset/nnunet_labels.hpp"
#include "dataset/reimport.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

class ImportChecks : public testing::Test {
 protected:
  TemporaryFolder folder_;

  /// 40 x 60 px of 100 values, as no mask has.
  void picture(const std::string& name) {
    Image image = make_image(40, 60, 1);
    for (std::size_t pixel = 0; pixel < image.pixels.size(); ++pixel)
      image.pixels[pixel] = static_cast<std::uint8_t>(pixel % 100);
    write_png(folder_ / name, image);
  }
  /// 100 px of `value` on 0.
  void mask(const std::string& name, std::uint8_t value = 255) {
    Image image = make_image(40, 60, 1);
    for (std::size_t row = 10; row < 20; ++row)
      std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(row * 60 + 10), 10, value);
    write_png(folder_ / name, image);
  }
  void write(const std::string& name, const std::string& text) { write_file_atomically(folder_ / name, text); }
  Imported import(const std::string& source = "in", const std::string& format = "auto") {
    ImportOptions options;
    options.source = folder_ / source;
    options.format = format;
    options.out = folder_ / "out";
    return import_dataset(options);
  }
  StoredImport import_and_store(std::int64_t every = 1) {
    ImportOptions options;
    options.source = folder_ / "in";
    options.out = folder_ / "out";
    options.every = every;
    Imported imported = import_dataset(options);
    settle_import_roles(imported.manifest, folder_ / "out", "", "");
    StoredImport stored = store_import(imported, folder_ / "out", false);
    notes_ = imported.report.notes;
    return stored;
  }
  static bool has_line(const std::vector<std::string>& lines, const std::string& part) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return has(line, part); });
  }

  std::vector<std::string> notes_;
};

TEST_F(ImportChecks, AValueThatNnUnetsLabelsDoNotNameIsNoBackground) {
  for (const auto& [name, value] : {std::pair{"a", 255}, std::pair{"b", 3}, std::pair{"c", 2}, std::pair{"d", 0}}) {
    picture(std::string("in/imagesTr/") + name + "_0000.png");
    mask(std::string("in/labelsTr/") + name + ".png", static_cast<std::uint8_t>(value));
  }
  write("in/dataset.json", R"({"labels": {"background": 0, "benign": 1, "malignant": 2}})");
  const Imported imported = import();
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(sample_of(imported, id).location, Location::kNone) << id;
    EXPECT_EQ(sample_of(imported, id).class_name, "") << id;
  }
  EXPECT_TRUE(has_line(imported.report.problems, "0 and 255"));
  EXPECT_TRUE(has_line(imported.report.problems, "0 and 3"));
  EXPECT_EQ(sample_of(imported, "c").class_name, "malignant");
  EXPECT_EQ(sample_of(imported, "d").location, Location::kEmpty);
  write("in/dataset.json", R"({"labels": {"background": 0, "lesion": 1}})");
  EXPECT_EQ(sample_of(import(), "a").location, Location::kNone);
  EXPECT_THROW(parse_nnunet_labels(R"({"labels": {"benign": 1, "malignant": 1}})", "x"), DataError);
}

TEST_F(ImportChecks, MaskValuesThatAMaskDoesNotHaveAreNoBackground) {
  picture("in/images/a.png");
  mask("in/masks/a.png", 3);
  ImportOptions options;
  options.source = folder_ / "in";
  options.mask_values = {"1"};
  const Imported imported = import_dataset(options);
  EXPECT_EQ(sample_of(imported, "a").location, Location::kNone);
  EXPECT_TRUE(has_line(imported.report.problems, "0 and 3"));
}

TEST(MaskNames, FoldersAndFilesInSeveralLanguages) {
  for (const char* name : {"masks", "masks_2", "Binary masks", "benign_masks", "mascaras", "M\u00e1scaras", "Masken",
                           "masques", "GT", "labels", "ground truth", "Benign GT", "tumor_segmentation"})
    EXPECT_TRUE(is_folder_of_masks(name)) << name;
  for (const char* name :
       {"benign", "mass", "Dataset_BUSI_with_GT", "images and masks", "no mask", "ann", "Mastitis", "BUS segmentation"})
    EXPECT_FALSE(is_folder_of_masks(name)) << name;
  for (const char* name : {"imagenes", "Bilder", "Images", "img", "images_2"}) EXPECT_TRUE(is_folder_of_images(name));
  EXPECT_EQ(name_without_mask_words("Benign_masks_2"), "benign");
  for (const char* name : {"x_mask.png", "MASK_x.png", "x_mask_reader1.png", "x_mask_final.png", "x_mascara.png"})
    EXPECT_TRUE(stems_of_masked_images(name).contains("x")) << name;
  EXPECT_TRUE(stems_of_masked_images("x_mass_1.png").empty() || !stems_of_masked_images("x_mass_1.png").contains("1"));
}

TEST_F(ImportChecks, MasksInFoldersOfManyNamesAreUsed) {
  const std::vector<std::pair<std::string, std::string>> layouts = {
      {"a/benign/x.png", "a/benign_masks/x.png"},      {"b/Original/benign/x.png", "b/Binary masks/benign/x.png"},
      {"c/imagenes/x.png", "c/mascaras/x.png"},        {"d/Bilder/x.png", "d/Masken/x.png"},
      {"e/benign/img/x.png", "e/benign/ann/x.png"},    {"f/benign/x.png", "f/benign/MASK_x.png"},
      {"g/benign/x.png", "g/benign/x_mask_final.png"}, {"h/Images/x.png", "h/masks_2/x.png"}};
  for (const auto& [image, its_mask] : layouts) {
    picture(image);
    mask(its_mask);
    const Imported imported = import(image.substr(0, 1));
    ASSERT_EQ(imported.manifest.samples.size(), 1U) << image;
    EXPECT_EQ(imported.manifest.samples[0].location, Location::kMask) << image;
  }
}

TEST_F(ImportChecks, MasksOfAClassAreNotThoseOfAnother) {
  for (const char* name : {"benign", "malignant"}) {
    picture(std::string("in/") + name + "/1.png");
    mask(std::string("in/") + name + "_masks/1.png");
  }
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  for (const char* name : {"benign", "malignant"})
    EXPECT_EQ(sample_of(imported, std::string(name) + "/1").masks.at(0), std::string(name) + "_masks/1.png");
}

TEST_F(ImportChecks, MasksOfTwoReadersAreUnited) {
  picture("in/benign/x.png");
  mask("in/benign/x_mask_reader1.png");
  write_png(folder_ / "in/benign/x_mask_reader2.png", fill_boxes({{30, 10, 40, 20}}, 40, 60));
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 1U);
  EXPECT_EQ(area(*read_truth_mask(imported.manifest, imported.manifest.samples[0], 40, 60)), 200);  // 100 + 100
}

TEST_F(ImportChecks, APictureOfTwoValuesBesideItsImageIsNoUltrasoundImage) {
  picture("in/benign/x.png");
  mask("in/contours/x.png");
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 1U);
  EXPECT_EQ(imported.manifest.samples[0].class_name, "benign");
  EXPECT_TRUE(has_line(imported.report.problems, "1 picture of few values")) << imported.report.problems.at(0);
  EXPECT_TRUE(has_line(imported.report.problems, "--masks"));
  ImportOptions options;
  options.source = folder_ / "in";
  options.masks = "contours";
  const Imported named = import_dataset(options);
  ASSERT_EQ(named.manifest.samples.size(), 1U);
  EXPECT_EQ(named.manifest.samples[0].location, Location::kMask);
  EXPECT_TRUE(named.report.problems.empty());
}

TEST_F(ImportChecks, YoloNumbersThatBeginAt1AreRefused) {
  picture("in/images/a.png");
  picture("in/images/b.png");
  write("in/labels/a.txt", "1 0.5 0.5 0.5 0.5\n");
  write("in/labels/b.txt", "2 0.5 0.5 0.5 0.5\n");
  write("in/classes.txt", "benign\nmalignant\n");
  const std::string refused = refusal<DataError>([&] { import(); });
  EXPECT_TRUE(has(refused, "names: {1: benign, 2: malignant}")) << refused;
  write("in/data.yaml", "names: {1: benign, 2: malignant}\n");
  EXPECT_EQ(sample_of(import(), "b").class_name, "malignant");
  EXPECT_NO_THROW(check_yolo_numbers(parse_yolo_names("a\nb\n"), {0, 2}, "x"));
  EXPECT_NO_THROW(check_yolo_numbers(parse_yolo_names("a\nb\n"), {1}, "x"));
}

TEST(CocoCategories, AnIdWithTwoNamesIsRefused) {
  const auto list = [](const std::string& second) {
    return R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": "benign"}, {"id": 1, "name": ")" +
           second + R"("}]})";
  };
  EXPECT_THROW(parse_coco(list("malignant"), "x"), DataError);
  EXPECT_NO_THROW(parse_coco(list("benign"), "x"));
}

class VideoReimport : public ImportChecks {
 protected:
  VideoReimport() {
    fs::create_directories(folder_ / "in/benign");
    run_child({"ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=1", "-c:v",
               "mpeg4", (folder_ / "in/benign/clip.mp4").string()});
  }
};

TEST_F(VideoReimport, AnEditedFrameStaysAsItIsWithItsRow) {
  import_and_store();
  picture("out/frames/benign_clip/000002.png");
  const std::string edited = read_file(folder_ / "out/frames/benign_clip/000002.png");
  const std::string list = read_file(folder_ / "out/lanet-dataset.csv");
  import_and_store();
  EXPECT_EQ(read_file(folder_ / "out/frames/benign_clip/000002.png"), edited);
  EXPECT_EQ(read_file(folder_ / "out/lanet-dataset.csv"), list);
  EXPECT_TRUE(has_line(notes_, "000002.png: edited since"));
}

TEST_F(VideoReimport, FramesAreCalledByTheirPlaceInTheVideo) {
  import_and_store();
  const auto third = read_image(folder_ / "out/frames/benign_clip/000003.png").pixels;
  import_and_store(2);
  const Manifest manifest = read_manifest(folder_ / "out");
  ASSERT_EQ(manifest.samples.size(), 3U);  // frames 1, 3, 5 of 5
  EXPECT_EQ(manifest.samples[1].id, "benign_clip_000003");
  EXPECT_EQ(read_image(folder_ / "out/frames/benign_clip/000003.png").pixels, third);
}

TEST_F(ImportChecks, SpellingsOfOneClassAreUnited) {
  for (const char* name : {"a", "b", "c", "d"}) picture("in/" + std::string(name) + ".png");
  write("in/list.csv", "image,class\na.png,Malignant\nb.png,malignant\nc.png,malignant\nd.png,benign\n");
  const Imported imported = import("in/list.csv");
  EXPECT_EQ(class_names(imported.manifest.samples), (std::vector<std::string>{"benign", "malignant"}));
  EXPECT_TRUE(has_line(imported.report.notes, "Malignant (1 image)"));
}

TEST_F(ImportChecks, TheFolderSaysTheClassWhereTheLabelDoesNot) {
  for (const char* name : {"malignant/a", "benign/b"}) {
    picture("in/" + std::string(name) + ".png");
    write("in/" + std::string(name) + ".json",
          R"({"imagePath": ")" + std::string(1, std::string(name).back()) +
              R"(.png", "shapes": [{"label": "lesion", "points": [[5, 5], [25, 25]], "shape_type": "rectangle"}]})");
  }
  const Imported imported = import();
  EXPECT_EQ(sample_of(imported, "a").class_name, "malignant");
  EXPECT_EQ(sample_of(imported, "b").class_name, "benign");
  EXPECT_TRUE(has_line(imported.report.notes, "'lesion' in malignant: the class of 1 picture"));
}

TEST_F(ImportChecks, AChoiceThatIsNoClassDoesNotReplaceOne) {
  picture("in/a.png");
  write("in/list.json", R"([{"data": {"image": "a.png"}, "annotations": [{"result": [
      {"type": "choices", "value": {"choices": ["good"]}},
      {"type": "rectanglelabels", "original_width": 60, "original_height": 40,
       "value": {"x": 10, "y": 10, "width": 50, "height": 50, "rectanglelabels": ["malignant"]}}]}]}])");
  const Imported imported = import("in/list.json");
  EXPECT_EQ(sample_of(imported, "a").class_name, "malignant");
  EXPECT_TRUE(has_line(imported.report.notes, "'good' of 1 picture"));
}

TEST_F(ImportChecks, BusBraLeavesARepeatedRowOutAndKeepsFurtherColumns) {
  picture("in/Images/bus_1.png");
  mask("in/Masks/mask_1.png");
  const std::string row = "bus_1,1,malignant,4,GE,duct,left,60,40,\"[10, 10, 10, 10]\",yes\n";
  write("in/bus_data.csv", "ID,Case,Pathology,BIRADS,Device,Histology,Side,Width,Height,BBOX,Biopsy\n" + row + row);
  const Imported imported = import();
  ASSERT_EQ(imported.manifest.samples.size(), 1U);
  EXPECT_EQ(imported.manifest.samples[0].extra.at("Biopsy"), "yes");
  EXPECT_TRUE(has_line(imported.report.problems, "bus_data.csv:3"));
}

TEST_F(ImportChecks, AnEditedTomlIsKeptBesideTheNewOne) {
  for (const char* name : {"a", "b"}) picture(std::string("in/") + (name[0] == 'a' ? "odd/" : "even/") + name + ".png");
  ImportOptions options;
  options.source = folder_ / "in";
  const auto store = [&] {
    Imported imported = import_dataset(options);
    settle_import_roles(imported.manifest, folder_ / "out", fs::exists(folder_ / "out") ? "" : "odd", "");
    return store_import(imported, folder_ / "out", false);
  };
  store();
  const fs::path toml = folder_ / "out/lanet-dataset.toml";
  const std::string edited = read_file(toml) + "# looked through\n";
  write("out/lanet-dataset.toml", edited);
  const StoredImport stored = store();
  EXPECT_EQ(read_file(folder_ / "out/lanet-dataset-before.toml"), edited);
  EXPECT_TRUE(has_line(stored.lines, "lanet-dataset-before.toml"));
  EXPECT_EQ(read_manifest(folder_ / "out").positive_class, "odd");
  write("out/.lanet-imported.csv", "mine");
  EXPECT_THROW(store(), InTheWay);
  EXPECT_EQ(read_file(folder_ / "out/.lanet-imported.csv"), "mine");
}

TEST_F(ImportChecks, ALesionOfANormalImageIsNamed) {
  picture("in/normal/a.png");
  mask("in/normal/a_mask.png");
  picture("in/benign/b.png");
  EXPECT_TRUE(has_line(import().report.problems, "1 image of a class without lesions with a lesion marked: normal/a"));
}

TEST_F(ImportChecks, ListsWithBoxesSpacingsAndSubsetsOfManyForms) {
  for (const char* name : {"a", "b", "c"}) picture("in/" + std::string(name) + ".png");
  write("in/list.csv",
        "image,class,x,y,width,height,split,spacing_x_mm,bbox\n"
        "a.png,benign,10,10,30,20,Training,0.1,1\nb.png,malignant,50,10,30,20,holdout,wide,1\n"
        "c.png,benign,500,500,30,20,Validation,7,1\n");
  const Imported imported = import("in/list.csv");
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  EXPECT_EQ(sample_of(imported, "a").boxes, (std::vector<Box>{{10, 10, 40, 30}}));
  EXPECT_EQ(sample_of(imported, "b").boxes, (std::vector<Box>{{50, 10, 60, 30}}));  // the picture ends at 60
  EXPECT_TRUE(sample_of(imported, "c").boxes.empty());
  EXPECT_EQ(sample_of(imported, "a").spacing->x_mm, 0.1);
  EXPECT_FALSE(sample_of(imported, "b").spacing || sample_of(imported, "c").spacing);
  EXPECT_TRUE(has_line(imported.report.problems, "the column bbox"));
  EXPECT_TRUE(has_line(imported.report.problems, "a spacing of 7 mm"));
  EXPECT_EQ(imported.split->subset_of,
            (std::map<std::string, std::string>{{"a", "train"}, {"b", "test"}, {"c", "val"}}));
}

TEST_F(ImportChecks, EmptyListsAndPicturesFarAwaySayWhy) {
  write("in/deep/er/list.csv", "image,class\n");
  EXPECT_TRUE(has(refusal<DataError>([&] { import("in/deep/er/list.csv"); }), "a list with a header and no row"));
  picture("in/a.png");
  write("in/deep/er/list.csv", "image,class\n../../a.png,benign\n");
  EXPECT_TRUE(has(refusal<DataError>([&] { import("in/deep/er/list.csv"); }), "--image-root"));
  write("in/deep/list.csv", "image,class\n../a.png,benign\n");
  EXPECT_EQ(import("in/deep/list.csv").manifest.samples.size(), 1U);
}

TEST_F(ImportChecks, RowsThatWereTakenOutComeBackWithALine) {
  picture("in/benign/a.png");
  picture("in/malignant/b.png");
  import_and_store();
  Manifest manifest = read_manifest(folder_ / "out");
  manifest.samples.pop_back();
  write("out/lanet-dataset.csv", manifest_csv(manifest));
  import_and_store();
  EXPECT_TRUE(has_line(notes_, "1 image that the manifest had no longer is listed again"));
}

}  // namespace
}  // namespace lanet
