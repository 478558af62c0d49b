#include "dataset/import.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/audit.hpp"
#include "dataset/imported_sample.hpp"
#include "image/drawing.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

Imported import_from(const fs::path& source, const std::string& format = "auto") {
  ImportOptions options;
  options.source = source;
  options.format = format;
  return import_dataset(options);
}

TEST(ImportFolders, ClassesMasksAndTheirAbsence) {
  const TemporaryFolder folder;
  const Phantom phantom = make_phantom(true, 1);
  write_png(folder / "benign/a.png", phantom.image);
  write_png(folder / "benign/a_mask.png", phantom.mask);
  write_png(folder / "malignant/b.png", make_phantom(true, 2).image);
  write_file_atomically(folder / "malignant/broken.png", "no image");
  const Imported imported = import_from(folder.path(), "folders");
  ASSERT_EQ(imported.manifest.samples.size(), 2U);
  EXPECT_EQ(sample_of(imported, "benign/a").location, Location::kMask);
  EXPECT_EQ(sample_of(imported, "benign/a").class_name, "benign");
  EXPECT_EQ(sample_of(imported, "malignant/b").location, Location::kNone);
  ASSERT_EQ(imported.report.problems.size(), 1U);
  EXPECT_TRUE(has(imported.report.problems[0], "broken.png"));
}

TEST(ImportBusi, MasksAreUnitedAndNormalsAreEmpty) {
  const TemporaryFolder folder;
  const Phantom phantom = make_phantom(true, 1);
  Mask second = make_mask(90, 110);
  second.at(0, 0) = 1;
  for (const char* name : {"benign/benign (1)", "malignant/malignant (1)", "normal/normal (1)"}) {
    write_png(folder / (std::string(name) + ".png"), phantom.image);
    write_png(folder / (std::string(name) + "_mask.png"),
              std::string(name).starts_with("normal") ? make_mask(90, 110) : phantom.mask);
  }
  write_png(folder / "benign/benign (1)_mask_1.png", second);
  const Imported imported = import_from(folder.path());
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  const Sample& benign = sample_of(imported, "benign (1)");
  EXPECT_EQ(benign.masks.size(), 2U);
  EXPECT_EQ(area(*read_truth_mask(imported.manifest, benign, 90, 110)), area(phantom.mask) + 1);
  EXPECT_EQ(sample_of(imported, "normal (1)").location, Location::kEmpty);
}

TEST(ImportCsv, SeveralRowsSpecksAndNoLabel) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"})
    write_png(folder / (std::string(name) + ".png"), make_phantom(true, 1).image);
  write_file_atomically(
      folder / "list.csv",
      "image,class,box_xyxy\na.png,benign,10 10 40 40\na.png,benign,50 50 52 52\na.png,benign,60 60 90 80\n"
      "b.png,malignant,0 0 0 0\nc.png,malignant,3 3 5 5\nnone.png,benign,1 1 50 50\n");
  const Imported imported = import_from(folder / "list.csv");
  ASSERT_EQ(imported.manifest.samples.size(), 3U);
  EXPECT_EQ(sample_of(imported, "a").boxes.size(), 2U);
  EXPECT_EQ(sample_of(imported, "b").location, Location::kNone);
  EXPECT_EQ(sample_of(imported, "c").location, Location::kNone);  // only a speck
  EXPECT_EQ(imported.report.notes.size(), 2U);                    // two specks
  EXPECT_EQ(imported.report.problems.size(), 1U);                 // the missing image
}

TEST(ImportCsv, ListsGiveSubsets) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_png(folder / (std::string(name) + ".png"), make_phantom(true, 1).image);
  write_file_atomically(folder / "train.csv", "image,class,box_xyxy\na.png,benign,10 10 40 40\n");
  write_file_atomically(folder / "test.csv", "image,class,box_xyxy\nb.png,malignant,10 10 40 40\n");
  ImportOptions options;
  options.subset_lists = {{"train", folder / "train.csv"}, {"test", folder / "test.csv"}};
  const Imported imported = import_dataset(options);
  ASSERT_TRUE(imported.split);
  EXPECT_EQ(imported.split->subset_of.at("a"), "train");
  EXPECT_EQ(imported.split->subset_of.at("b"), "test");
}

TEST(ImportBusbra, TheBundledSample) {
  const Imported imported = import_from(fs::path(LANET_SOURCE_DIR) / "sample");
  ASSERT_EQ(imported.manifest.samples.size(), 120U);
  int malignant = 0;
  for (const Sample& sample : imported.manifest.samples) {
    malignant += sample.class_name == "malignant";
    EXPECT_EQ(sample.location, Location::kMask);
    EXPECT_TRUE(sample.group.starts_with("busbra-"));
    EXPECT_FALSE(sample.extra.at("device").empty());
  }
  EXPECT_EQ(malignant, 60);
}

TEST(Import, NothingThereAndUnknownFormats) {
  const TemporaryFolder folder;
  EXPECT_THROW(import_from(folder / "none"), DataError);
  EXPECT_THROW(import_from(folder.path()), DataError);
  EXPECT_THROW(import_from(folder.path(), "dicom"), ConfigError);
}

TEST(Import, AnArchiveIsToBeUnpacked) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "set.zip", "PK\x03\x04 and more");
  ImportOptions options;
  options.source = folder / "set.zip";
  options.out = folder / "out";
  const std::string message = refusal<DataError>([&] { import_dataset(options); });
  EXPECT_TRUE(has(message, "set.zip: lanet found an archive")) << message;
  EXPECT_TRUE(has(message, "unpack it")) << message;
}

TEST(Import, CropsScreenshots) {
  const TemporaryFolder folder;
  const Image picture = make_phantom(false, 3, 200, 260).image;
  Image screenshot = make_image(400, 600, 1);
  for (std::int64_t row = 0; row < 200; ++row)
    for (std::int64_t column = 0; column < 260; ++column)
      screenshot.pixels[static_cast<std::size_t>((row + 90) * 600 + column + 150)] = picture.at(row, column);
  write_png(folder / "benign/a.png", screenshot);
  ImportOptions options;
  options.source = folder.path();
  options.format = "folders";
  options.crop_to_ultrasound = true;
  const Imported imported = import_dataset(options);
  ASSERT_TRUE(imported.manifest.samples[0].crop);
  EXPECT_GT(intersection_over_union(*imported.manifest.samples[0].crop, {150, 90, 410, 290}), 0.9);
}

TEST(Audit, FindsEveryKindOfTrouble) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 12);
  auto& samples = manifest.samples;
  fs::copy_file(folder / "phantom_0.png", folder / "phantom_1.png",
                fs::copy_options::overwrite_existing);                                                    // two classes
  write_png(folder / "phantom_3.png", resize(make_phantom(false, 2).image, 80, 100, Resampling::kArea));  // near 2
  write_png(folder / "phantom_3_mask.png", make_mask(80, 100));                                           // empty
  write_png(folder / "phantom_4_mask.png", make_mask(10, 10));                                            // size
  write_png(folder / "phantom_5_mask.png", fill_boxes({{0, 0, 110, 90}}, 90, 110));                       // full
  write_file_atomically(folder / "phantom_6.png", "broken");
  samples[7].masks.clear();
  samples[7].location = Location::kBoxes;
  samples[7].boxes = {{50, 50, 200, 60}};
  samples[8].boxes = {{0, 0, 8, 8}};
  Image marked = make_image(300, 400, 3);
  draw_text(marked, "RT UOQ 12", 40, 200, {255, 255, 255}, 1.5);
  write_png(folder / "phantom_9.png", marked);
  samples[9].masks.clear();
  samples[9].location = Location::kNone;
  SilentProgress silent;
  const Audit audit = audit_dataset(manifest, {}, silent);
  for (const AuditKind kind : {AuditKind::kUnreadable, AuditKind::kMaskSize, AuditKind::kEmptyMask,
                               AuditKind::kFullMask, AuditKind::kBoxOutside, AuditKind::kBoxDisagrees,
                               AuditKind::kExactDuplicate, AuditKind::kNearDuplicate, AuditKind::kBurntIn})
    EXPECT_EQ(audit.count(kind), 1) << to_text(kind);
  EXPECT_EQ(audit.count(AuditKind::kTwoClasses), 2);
  EXPECT_EQ(audit.clusters,
            (std::vector<std::vector<std::string>>{{"phantom_0", "phantom_1"}, {"phantom_2", "phantom_3"}}));
  EXPECT_TRUE(has(audit_table(audit), "phantom_0 = phantom_1"));
  EXPECT_TRUE(has(audit_json(audit), "\"two_classes\": 2"));
  EXPECT_GT(audit_sheet(manifest, audit).height, 100);
}

TEST(Audit, ALesionOfANormalImageIsAFind) {
  const TemporaryFolder folder;
  Manifest manifest = write_phantoms(folder.path(), 6);
  auto& samples = manifest.samples;
  samples[0].class_name = "normal";  // with its mask
  samples[1].class_name = "normal";  // with a box
  samples[1].masks.clear();
  samples[1].location = Location::kBoxes;
  samples[1].boxes = {{10, 10, 30, 30}};
  samples[2].masks.clear();  // said to be empty, with a box
  samples[2].location = Location::kEmpty;
  samples[2].boxes = {{10, 10, 30, 30}, {50, 10, 60, 30}};
  samples[3].class_name = "Normal";  // as it should be
  samples[3].masks.clear();
  samples[3].location = Location::kEmpty;
  manifest.normal_class = "healthy tissue";
  samples[4].class_name = "healthy tissue";
  SilentProgress silent;
  const Audit audit = audit_dataset(manifest, {}, silent);
  EXPECT_EQ(audit.count(AuditKind::kLesionOfNormal), 4);
  const std::string table = audit_table(audit);
  EXPECT_TRUE(has(table, "phantom_0: class normal with a mask that is not empty")) << table;
  EXPECT_TRUE(has(table, "phantom_1: class normal with 1 box")) << table;
  EXPECT_TRUE(has(table, "phantom_2: location empty with 2 boxes")) << table;
  EXPECT_TRUE(has(audit_json(audit), "\"lesion_of_normal\": 4"));
}

TEST(Audit, CleanDataHasNoFinds) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 8);
  SilentProgress silent;
  const Audit audit = audit_dataset(manifest, {}, silent);
  EXPECT_TRUE(audit.entries.empty()) << audit_table(audit);
  EXPECT_EQ(audit_sheet(manifest, audit).pixels.size(), 3U);
}

TEST(GroupByClusters, UnitesClustersAndPatients) {
  Manifest manifest;
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    Sample sample;
    sample.id = id;
    manifest.samples.push_back(sample);
  }
  manifest.samples[2].group = manifest.samples[3].group = "patient";
  group_by_clusters(manifest, {{"b", "c"}});
  EXPECT_EQ(manifest.samples[0].group, "");
  EXPECT_NE(manifest.samples[1].group, "");
  EXPECT_EQ(manifest.samples[1].group, manifest.samples[2].group);
  EXPECT_EQ(manifest.samples[2].group, manifest.samples[3].group);  // the patient's other image comes along
  EXPECT_EQ(manifest.samples[4].group, "");
}

TEST(RealData, BusiByTheAuthorsLists) {
  const fs::path data = fs::path(LANET_SOURCE_DIR) / "../shared/data";
  if (!fs::exists(data / "Dataset_BUSI_with_GT")) GTEST_SKIP() << "BUSI is not here";
  ImportOptions options;
  options.subset_lists = {{"train", data / "splits/authors_train.csv"}, {"test", data / "splits/authors_test.csv"}};
  options.masks_beside = true;
  Imported imported = import_dataset(options);
  EXPECT_EQ(imported.manifest.samples.size(), 647U);
  EXPECT_EQ(imported.split->ids(imported.manifest, "train").size(), 565U);
  EXPECT_EQ(imported.split->ids(imported.manifest, "test").size(), 82U);
  SilentProgress silent;
  const Audit audit = audit_dataset(imported.manifest, {}, silent);
  const bool found = std::any_of(audit.entries.begin(), audit.entries.end(), [](const AuditEntry& entry) {
    return entry.kind == AuditKind::kTwoClasses &&
           entry.ids == std::vector<std::string>{"benign (433)", "malignant (145)"};
  });
  EXPECT_TRUE(found);
  group_by_clusters(imported.manifest, audit.clusters);
  EXPECT_GT(find_leaks(imported.manifest.samples, *imported.split).test_images, 10);
}

}  // namespace
}  // namespace lanet
