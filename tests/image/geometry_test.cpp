#include "image/geometry.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

Image row_of(std::vector<std::uint8_t> pixels) {
  Image image = make_image(1, static_cast<std::int64_t>(pixels.size()), 1);
  image.pixels = std::move(pixels);
  return image;
}

TEST(Resize, BilinearWithHalfPixelCentresByHand) {
  // 2 pixels to 4: centres at -0.25, 0.25, 0.75, 1.25 of the source; edges repeat.
  EXPECT_EQ(resize(row_of({0, 100}), 1, 4).pixels, (std::vector<std::uint8_t>{0, 25, 75, 100}));
}

TEST(Resize, AreaAveragesWhenShrinking) {
  EXPECT_EQ(resize(row_of({0, 100, 50, 150}), 1, 2, Resampling::kArea).pixels, (std::vector<std::uint8_t>{50, 100}));
}

TEST(Resize, ToSquareAveragesOnlyWhereItShrinksByMoreThanTwo) {
  Image stripes = make_image(4, 8, 1);
  for (std::size_t pixel = 0; pixel < stripes.pixels.size(); ++pixel) stripes.pixels[pixel] = pixel % 2 ? 200 : 0;
  EXPECT_EQ(resize_to_square(stripes, 1).at(0, 0), 100);
}

TEST(Resize, TheSameSizeChangesNothing) {
  const Image image = row_of({3, 1, 4, 1, 5});
  EXPECT_EQ(resize(image, 1, 5).pixels, image.pixels);
}

TEST(AreaAverage, ByHandForAnyRatio) {
  Mask mask = make_mask(1, 3);
  mask.at(0, 0) = 1;
  // Cells of 1.5 pixels: 1 / 1.5 and 0.
  const ProbabilityMap map = area_average(mask, 1, 2);
  EXPECT_NEAR(map.values[0], 2.0 / 3, 1e-6);
  EXPECT_NEAR(map.values[1], 0, 1e-6);
}

TEST(Affine, InverseUndoes) {
  const Affine transform{0.8, -0.3, 5, 0.2, 1.1, -7};
  const Affine both = compose(transform, invert(transform));
  const Affine identity{1, 0, 0, 0, 1, 0};
  for (std::size_t index = 0; index < both.size(); ++index) EXPECT_NEAR(both[index], identity[index], 1e-12);
  EXPECT_THROW(invert({1, 1, 0, 1, 1, 0}), std::invalid_argument);
}

TEST(Warp, MirrorsByHand) {
  // x' = 3 - x
  EXPECT_EQ(warp(row_of({1, 2, 3, 4}), Affine{-1, 0, 3, 0, 1, 0}, 1, 4).pixels,
            (std::vector<std::uint8_t>{4, 3, 2, 1}));
  Mask mask = make_mask(1, 4);
  mask.at(0, 0) = 1;
  EXPECT_EQ(warp(mask, Affine{-1, 0, 3, 0, 1, 0}, 1, 4).pixels, (std::vector<std::uint8_t>{0, 0, 0, 1}));
}

TEST(Warp, OutsideIsZero) {
  EXPECT_EQ(warp(row_of({9, 9}), Affine{1, 0, 10, 0, 1, 0}, 1, 2).pixels, (std::vector<std::uint8_t>{0, 0}));
}

TEST(Crop, AndBack) {
  Mask mask = make_mask(4, 5);
  mask.at(1, 2) = mask.at(2, 3) = 1;
  const Box box{2, 1, 4, 3};
  const Mask part = crop(mask, box);
  EXPECT_EQ(part.height, 2);
  EXPECT_EQ(part.width, 2);
  EXPECT_EQ(uncrop(part, box, 4, 5).pixels, mask.pixels);
}

TEST(ToGrey, IsBt601) {
  Image image = make_image(1, 1, 3);
  image.pixels = {200, 100, 50};
  // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
  EXPECT_NEAR(to_grey(image).at(0, 0), 124, 1);
}

}  // namespace
}  // namespace lanet
