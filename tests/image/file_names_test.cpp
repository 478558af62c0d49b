#include "image/file_names.hpp"

#include <gtest/gtest.h>

#include "core/file.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(FileNames, Images) {
  for (const char* name : {"a.png", "A.JPG", "x/b.tiff", "c.WebP", "d.gif"})
    EXPECT_TRUE(has_image_extension(name)) << name;
  for (const char* name : {"a.txt", "png", "a.png.zip"}) EXPECT_FALSE(has_image_extension(name)) << name;
}

TEST(FileNames, MasksAndTheImagesTheyBelongTo) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"a_mask.png", "a"},         {"benign (1)_mask_2.png", "benign (1)"},
      {"a-mask.TIF", "a"},         {"a_Mask.jpeg", "a"},
      {"a_GT.bmp", "a"},           {"a_seg_3.png", "a"},
      {"a mask (2).png", "a"},     {"a_ground_truth.png", "a"},
      {"a_segmentation.gif", "a"}, {"a_tumor.png", "a"},
      {"a_label.png", "a"},        {"a.mask.png", "a"}};
  for (const auto& [name, stem] : names) EXPECT_EQ(stem_of_masked_image(name), stem) << name;
  for (const char* name : {"mask_a.png", "a_masked.png", "a_mask_b.png", "a_mask_.png", "mask.png", "_mask.png",
                           "bitmask.png", "a_mask2x.png", "a_gt2.png"})
    EXPECT_EQ(stem_of_masked_image(name), std::nullopt) << name;
}

TEST(FileNames, WordsThatImagesHaveTooNeedTheirImage) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "left_tumor.png", "");
  EXPECT_FALSE(is_mask_name(folder / "left_tumor.png"));
  EXPECT_TRUE(is_mask_name(folder / "left_mask.png"));
  write_file_atomically(folder / "left.JPG", "");
  EXPECT_TRUE(is_mask_name(folder / "left_tumor.png"));
}

TEST(FileNames, Folders) {
  for (const char* name : {"masks", "Masks", "labelsTr", "GT"}) EXPECT_TRUE(is_mask_folder_name(name)) << name;
  for (const char* name : {"images", "imagesTr", "IMG"}) EXPECT_TRUE(is_image_folder_name(name)) << name;
  for (const char* name : {"benign", "normal"})
    EXPECT_FALSE(is_mask_folder_name(name) || is_image_folder_name(name)) << name;
  EXPECT_EQ(subset_of_folder_name("Train"), "train");
  EXPECT_EQ(subset_of_folder_name("valid"), "val");
  EXPECT_EQ(subset_of_folder_name("benign"), std::nullopt);
}

}  // namespace
}  // namespace lanet
