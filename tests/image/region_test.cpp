#include "image/region.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "image/drawing.hpp"
#include "image/geometry.hpp"
#include "image/marks.hpp"
#include "image/perceptual_hash.hpp"
#include "support/phantom.hpp"

namespace lanet {
namespace {

Mask rectangle(std::int64_t height, std::int64_t width, const Box& box) { return fill_boxes({box}, height, width); }

TEST(Box, OverlapByHand) {
  EXPECT_EQ(intersect({0, 0, 4, 4}, {2, 2, 6, 6}), (Box{2, 2, 4, 4}));
  EXPECT_EQ(intersect({0, 0, 1, 1}, {2, 2, 3, 3}), Box{});
  // 4 shared of 16 + 16 - 4
  EXPECT_NEAR(intersection_over_union({0, 0, 4, 4}, {2, 2, 6, 6}), 4.0 / 28, 1e-12);
  EXPECT_EQ(intersection_over_union({}, {}), 0);
}

TEST(FillBoxes, APixelBelongsByItsCentre) {
  const Mask mask = fill_boxes({{0.6, 0, 2.4, 1}}, 1, 4);
  EXPECT_EQ(mask.pixels, (std::vector<std::uint8_t>{0, 1, 0, 0}));
  EXPECT_EQ(area(fill_boxes({{-5, -5, 100, 100}}, 3, 4)), 12);
}

TEST(BoundingBox, OfNothingAndOfPixels) {
  EXPECT_FALSE(bounding_box(make_mask(3, 3)));
  EXPECT_EQ(*bounding_box(rectangle(9, 9, {2, 3, 5, 8})), (Box{2, 3, 5, 8}));
}

TEST(Components, LargestFirstDiagonalsJoin) {
  Mask mask = make_mask(5, 6);
  mask.at(0, 0) = mask.at(1, 1) = mask.at(2, 2) = 1;  // one by its corners
  mask.at(4, 5) = 1;
  const auto found = components(mask);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].area, 3);
  EXPECT_EQ(found[0].box, (Box{0, 0, 3, 3}));
  EXPECT_EQ(found[1].box, (Box{5, 4, 6, 5}));
  EXPECT_EQ(found[0].mask.pixels, (std::vector<std::uint8_t>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_TRUE(found[1].contains(4, 5));
  EXPECT_FALSE(found[1].contains(3, 5));
  EXPECT_FALSE(found[0].contains(4, 5));
  EXPECT_FALSE(found[0].contains(-1, 0));
  found[1].for_each_pixel([](std::int64_t row, std::int64_t column) {
    EXPECT_EQ(row, 4);
    EXPECT_EQ(column, 5);
  });
  EXPECT_EQ(components(mask, 2).size(), 1U);
  EXPECT_TRUE(components(make_mask(2, 2)).empty());
}

TEST(Diameters, OfARectangle) {
  const Diameters sizes = diameters(rectangle(20, 20, {2, 2, 14, 7}));
  EXPECT_NEAR(sizes.longest, 13, 0.05);  // 12 x 5
  const Diameters in_mm = diameters(rectangle(20, 20, {2, 2, 14, 7}), 0.5, 0.5);
  EXPECT_NEAR(in_mm.longest, 6.5, 0.05);
  EXPECT_EQ(diameters(make_mask(4, 4)).longest, 0);
}

TEST(DistanceTo, ThreeFourFive) {
  Mask mask = make_mask(5, 6);
  mask.at(0, 0) = 1;
  EXPECT_NEAR(distance_to(mask)[4 * 6 + 3], 5, 1e-5);
  EXPECT_NEAR(distance_to(mask, 2, 1)[4 * 6 + 0], 8, 1e-5);
  EXPECT_TRUE(std::isinf(distance_to(make_mask(2, 2))[0]));
}

TEST(Boundary, IsTheRim) {
  EXPECT_EQ(area(boundary(rectangle(9, 9, {2, 2, 7, 7}))), 16);
  EXPECT_EQ(area(boundary(fill_boxes({{0, 0, 3, 3}}, 3, 3))), 8);
}

TEST(UltrasoundRegion, IsFoundInAScreenshot) {
  const Image picture = make_phantom(false, 3, 200, 260).image;
  Image screenshot = make_image(400, 600, 1);
  std::fill(screenshot.pixels.begin(), screenshot.pixels.end(), std::uint8_t{12});
  for (std::int64_t row = 0; row < 200; ++row)
    for (std::int64_t column = 0; column < 260; ++column)
      screenshot.pixels[static_cast<std::size_t>((row + 90) * 600 + column + 150)] = picture.at(row, column);
  EXPECT_GT(intersection_over_union(ultrasound_region(screenshot), {150, 90, 410, 290}), 0.9);
  EXPECT_EQ(ultrasound_region(picture), (Box{0, 0, 260, 200}));
}

TEST(PerceptualHash, SurvivesSizeContrastAndMirroring) {
  const Image image = make_phantom(true, 1, 180, 240).image;
  Image brighter = resize(image, 150, 210, Resampling::kArea);
  for (std::uint8_t& pixel : brighter.pixels) pixel = static_cast<std::uint8_t>(pixel * 0.8 + 40);
  EXPECT_LT(hamming_distance(perceptual_hash(image), perceptual_hash(brighter)), 48);
  EXPECT_GT(grey_correlation(image, brighter), 0.95);
  Image mirrored = image;
  for (std::int64_t row = 0; row < image.height; ++row)
    std::reverse(mirrored.pixels.begin() + row * image.width, mirrored.pixels.begin() + (row + 1) * image.width);
  EXPECT_EQ(mirrored_hash(image), perceptual_hash(mirrored));
}

TEST(PerceptualHash, OtherPicturesAreFar) {
  for (std::uint64_t seed = 2; seed < 10; ++seed)
    EXPECT_GT(hamming_distance(perceptual_hash(make_phantom(true, 1).image),
                               perceptual_hash(make_phantom(seed % 2 == 0, seed).image)),
              72);
  EXPECT_EQ(grey_correlation(make_image(9, 9, 1), make_phantom(true, 1).image), 0);
}

TEST(BurntInMarks, TextIsFoundTissueIsNot) {
  const Image plain = make_phantom(false, 5, 300, 400).image;
  EXPECT_LT(burnt_in_marks(plain).size(), 2U);
  Image dark = to_rgb(make_image(300, 400, 1));
  draw_text(dark, "RT UOQ 12", 40, 200, {255, 255, 255}, 1.5);
  EXPECT_GE(burnt_in_marks(to_grey(dark)).size(), 4U);
}

// About 250 px at scale 1, and the image has room for 190 between its plate's paddings.
TEST(Drawing, ATextThatIsTooWideIsDrawnSmaller) {
  const auto last_bright_column = [](std::int64_t width) {
    Image image = make_image(60, width, 3);
    draw_text(image, "malignant 85 %, no lesion found", 4, 4, {255, 255, 255});
    std::int64_t last = -1;
    for (std::int64_t place = 0; place < 60 * width; ++place)
      if (image.pixels[static_cast<std::size_t>(place * 3)] > 100) last = std::max(last, place % width);
    return last;
  };
  EXPECT_GT(last_bright_column(400), 200);
  EXPECT_GT(last_bright_column(200), 150);
  EXPECT_LT(last_bright_column(200), 198);
}

TEST(ContactSheet, HoldsAllTilesAndNoneIsOnePixel) {
  EXPECT_EQ(contact_sheet({}, 3).pixels.size(), 3U);
  const Image sheet =
      contact_sheet({{make_phantom(true, 1).image, "a"}, {{}, "missing"}, {make_phantom(true, 2).image, "b"}}, 2, 100);
  EXPECT_EQ(sheet.channels, 3);
  EXPECT_GT(sheet.height, 200);
}

}  // namespace
}  // namespace lanet
