#include "serve/label_folder.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "serve/http_error.hpp"
#include "serve/item_json.hpp"
#include "serve/served.hpp"

namespace lanet {
namespace {

Mask dot(std::int64_t height, std::int64_t width) {
  Mask mask = make_mask(height, width);
  mask.at(1, 2) = 1;
  return mask;
}

std::shared_ptr<Item> image_item(int start = 0) {
  return make_item(picture(10, 12, start), "Doe^Jane.png", input_limits());
}

TEST(LabelFolder, IsADataSetWithTheRightStates) {
  const TemporaryFolder folder;
  LabelFolder labels(folder.path() / "labels");
  const Image pixels = make_image(10, 12, 1);
  labels.save(*image_item(0), 1, pixels, {"benign", dot(10, 12), "t"});
  labels.save(*image_item(1), 1, pixels, {"malignant", std::nullopt, "t"});
  labels.save(*image_item(2), 1, pixels, {"normal", std::nullopt, "t"});
  labels.save(*image_item(3), 1, pixels, {"", make_mask(10, 12), "t"});
  const Manifest manifest = read_manifest(folder.path() / "labels");
  ASSERT_EQ(manifest.samples.size(), 4U);
  EXPECT_EQ(manifest.samples[0].location, Location::kMask);
  EXPECT_EQ(manifest.samples[1].location, Location::kNone);
  EXPECT_EQ(manifest.samples[2].location, Location::kEmpty);
  EXPECT_EQ(manifest.samples[3].location, Location::kEmpty);
  EXPECT_EQ(read_truth_mask(manifest, manifest.samples[0], 10, 12)->pixels, dot(10, 12).pixels);
  EXPECT_EQ(manifest.samples[0].id.find("Doe"), std::string::npos) << "a file's name may be a patient's";
}

TEST(LabelFolder, ASecondCorrectionReplacesTheFirst) {
  const TemporaryFolder folder;
  LabelFolder labels(folder.path());
  const auto item = image_item();
  const Image pixels = make_image(10, 12, 1);
  labels.save(*item, 1, pixels, {"benign", dot(10, 12), "t"});
  Mask other = dot(10, 12);
  other.at(5, 5) = 1;
  labels.save(*item, 1, pixels, {"malignant", other, "u"});
  EXPECT_EQ(labels.summary().images, 1);
  EXPECT_EQ(labels.summary().classes.at("malignant"), 1);
  const auto files = std::filesystem::directory_iterator(folder.path() / "masks");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "the mask of the first is gone";
  labels.remove(*item, 1);
  EXPECT_EQ(labels.summary().images, 0);
}

TEST(LabelFolder, NormalIsWhatTheModelCallsIt) {
  const TemporaryFolder folder;
  LabelFolder labels(folder.path());
  const Image pixels = make_image(10, 12, 1);
  labels.save(*image_item(0), 1, pixels, {"Unauffällig", std::nullopt, "t"}, "Bösartig");
  labels.save(*image_item(1), 1, pixels, {"Bösartig", dot(10, 12), "t"}, "Bösartig");
  labels.save(*image_item(2), 1, pixels, {"BI-RADS 4", std::nullopt, "t"}, "Bösartig");
  EXPECT_THROW(labels.save(*image_item(0), 1, pixels, {"Unauffällig", dot(10, 12), "t"}), DataError);
  const Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(manifest.samples[0].location, Location::kEmpty);
  EXPECT_EQ(manifest.samples[2].class_name, "BI-RADS 4");
  EXPECT_EQ(manifest.positive_class, "Bösartig");
  EXPECT_EQ(labels.summary().groups.at("Bösartig"), 1);
}

TEST(LabelFolder, FilesAndRowsOfOthersStay) {
  const TemporaryFolder folder;
  LabelFolder labels(folder.path());
  const auto item = image_item();
  const Image pixels = make_image(10, 12, 1);
  labels.save(*item, 1, pixels, {"benign", dot(10, 12), "t"});
  const std::string own_mask = "masks/" + item->content + "-mine.png";
  write_file_atomically(folder / own_mask, "drawn by hand");
  // A person opens the list while the server runs.
  Manifest edited = read_manifest(folder.path());
  edited.extra_columns.push_back("reader");
  edited.samples[0].extra["reader"] = "Dr. No";
  edited.samples[0].group = "patient 1";
  Sample own;
  own.id = own.image = "mine.png";
  edited.samples.push_back(own);
  write_file_atomically(folder / kManifestName, manifest_csv(edited));
  labels.save(*item, 1, pixels, {"malignant", std::nullopt, "u"});
  const Manifest manifest = read_manifest(folder.path());
  ASSERT_EQ(manifest.samples.size(), 2U);
  EXPECT_EQ(manifest.samples[0].class_name, "malignant");
  EXPECT_EQ(manifest.samples[0].extra.at("reader"), "Dr. No");
  EXPECT_EQ(manifest.samples[0].group, "patient 1");
  EXPECT_EQ(read_file(folder / own_mask), "drawn by hand");
  labels.remove(*item, 1);
  EXPECT_EQ(read_file(folder / own_mask), "drawn by hand");
}

TEST(LabelFolder, KnowsTheFileAgainAfterANewStart) {
  const TemporaryFolder folder;
  const auto item = image_item();
  LabelFolder(folder.path()).save(*item, 1, make_image(10, 12, 1), {"benign", dot(10, 12), "t"});
  const auto saved = LabelFolder(folder.path()).saved(*image_item());
  ASSERT_EQ(saved.size(), 1U);
  EXPECT_EQ(saved.at(1).class_name, "benign");
  EXPECT_EQ(saved.at(1).mask->pixels, dot(10, 12).pixels);
  EXPECT_TRUE(LabelFolder(folder.path()).saved(*image_item(9)).empty());
}

TEST(LabelFolder, RefusesContradictions) {
  const TemporaryFolder folder;
  LabelFolder labels(folder.path());
  const auto item = image_item();
  const Image pixels = make_image(10, 12, 1);
  EXPECT_THROW(labels.save(*item, 1, pixels, {"benign", make_mask(10, 12), ""}), DataError);
  EXPECT_THROW(labels.save(*item, 1, pixels, {"normal", dot(10, 12), ""}), DataError);
}

TEST(LabelFolder, BelongsToOneProcess) {
  const TemporaryFolder folder;
  LabelFolder first(folder.path()), second(folder.path());
  const Image pixels = make_image(10, 12, 1);
  first.save(*image_item(), 1, pixels, {"benign", std::nullopt, ""});
  EXPECT_THROW(second.save(*image_item(1), 1, pixels, {"benign", std::nullopt, ""}), HttpError);
}

TEST(Label, JsonIsReadStrictly) {
  const ItemLabel label =
      label_from_json(R"({"class": "benign", "mask": {"size": [2, 3], "counts": [2, 1, 3]}})", 2, 3);
  EXPECT_EQ(label.class_name, "benign");
  EXPECT_EQ(label.mask->pixels, (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0}));
  for (const char* name : {"Bösartig", "BI-RADS 4", "恶性", "IDC/ILC"})
    EXPECT_EQ(label_from_json("{\"class\": \"" + std::string(name) + "\", \"mask\": null}", 2, 3).class_name, name);
  for (const char* bad :
       {"", "{}", "[]", "1", R"({"class": "benign"})", R"({"class": 1, "mask": null})",
        R"({"class": "", "mask": null})", R"({"class": "../x", "mask": null})", R"({"class": " x", "mask": null})",
        R"({"class": "x\u0000y", "mask": null})", R"({"class": null, "mask": null, "more": 1})",
        R"({"class": null, "mask": {"size": [3, 2], "counts": [6]}})",
        R"({"class": null, "mask": {"size": [2, 3], "counts": [5]}})",
        R"({"class": null, "mask": {"size": [2, 3], "counts": [2.5, 3.5]}})",
        R"({"class": null, "mask": {"size": [2, 3], "counts": [-1, 7]}})"})
    EXPECT_THROW(label_from_json(bad, 2, 3), DataError) << bad;
}

}  // namespace
}  // namespace lanet
