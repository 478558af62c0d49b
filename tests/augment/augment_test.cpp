#include "augment/augment.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "augment/preview.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "image/region.hpp"
#include "support/phantom_dataset.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kSide = 48;

std::vector<float> apply(const Image& image, const Augmentation& augmentation, std::int64_t side = kSide) {
  std::vector<float> out(static_cast<std::size_t>(side * side));
  augment_image(image, augmentation, side, out.data());
  return out;
}

std::vector<float> apply(const Mask& mask, const Augmentation& augmentation, std::int64_t side = kSide) {
  std::vector<float> out(static_cast<std::size_t>(side * side));
  augment_mask(mask, augmentation, side, out.data());
  return out;
}

TEST(Augment, ImageAndMaskGetTheSameGeometry) {
  // The mask itself serves as image: wherever it is clearly inside or outside, both results agree.
  AugmentOptions options;
  options.brightness = options.contrast = 0;
  options.rotation_degrees = 20;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Mask mask = make_phantom(seed % 2 == 0, seed, 72, 72).mask;
    Image image = make_image(72, 72, 1);
    for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel) image.pixels[pixel] = mask.pixels[pixel] ? 255 : 0;
    const Augmentation augmentation = draw_augmentation(options, 5, static_cast<std::int64_t>(seed), 77, 72, kSide);
    const auto grey = apply(image, augmentation);
    const auto inside = apply(mask, augmentation);
    for (std::size_t pixel = 0; pixel < grey.size(); ++pixel) {
      if (grey[pixel] > 0.99F) {
        EXPECT_EQ(inside[pixel], 1) << seed;
      }
      if (grey[pixel] < 0.01F) {
        EXPECT_EQ(inside[pixel], 0) << seed;
      }
    }
    EXPECT_GT(*std::max_element(inside.begin(), inside.end()), 0) << "the lesion was lost";
  }
}

TEST(Augment, IsAFunctionOfSeedEpochAndImage) {
  const AugmentOptions options;
  const auto draw = [&](std::uint64_t seed, std::int64_t epoch, std::uint64_t id) {
    return draw_augmentation(options, seed, epoch, id, 72, kSide).geometry;
  };
  EXPECT_EQ(draw(1, 2, 3), draw(1, 2, 3));
  std::set<Affine> different{draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)};
  EXPECT_EQ(different.size(), 4U);
}

TEST(Augment, OffIsThePlainResize) {
  AugmentOptions options;
  options.enabled = false;
  EXPECT_EQ(draw_augmentation(options, 1, 1, 1, 72, kSide).geometry, no_augmentation(72, kSide).geometry);
  const Image image = make_phantom(true, 1, 48, 48).image;
  const auto same = apply(image, no_augmentation(48, 48));
  for (std::size_t pixel = 0; pixel < same.size(); ++pixel) EXPECT_NEAR(same[pixel] * 255, image.pixels[pixel], 0.01);
}

TEST(Augment, QuarterTurnsAndMirrorsKeepEveryPixel) {
  AugmentOptions options;
  options.crop_low = options.crop_high = 1;
  options.brightness = options.contrast = 0;
  const Image image = make_phantom(true, 2, 48, 48).image;
  std::vector<std::uint8_t> expected = image.pixels;
  std::sort(expected.begin(), expected.end());
  std::set<std::vector<float>> orientations;
  for (std::int64_t epoch = 0; epoch < 60; ++epoch) {
    const auto turned = apply(image, draw_augmentation(options, 1, epoch, 9, 48, 48));
    orientations.insert(turned);
    std::vector<std::uint8_t> pixels;
    for (const float value : turned) pixels.push_back(static_cast<std::uint8_t>(value * 255 + 0.5F));
    std::sort(pixels.begin(), pixels.end());
    EXPECT_EQ(pixels, expected);
  }
  EXPECT_EQ(orientations.size(), 8U);  // the symmetries of a square
}

TEST(Augment, BrightnessAndContrastByHand) {
  Image image = make_image(1, 2, 1);
  image.pixels = {51, 153};  // 0.2 and 0.6, mean 0.4
  Augmentation augmentation;
  augmentation.geometry = {1, 0, 0, 0, 1, 0};
  augmentation.brightness = 0.1;
  augmentation.contrast = 1.5;
  std::vector<float> out(4);
  augment_image(image, augmentation, 2, out.data());
  // The second row lies outside (0): mean (0.2 + 0.6) / 4 = 0.2. 0.2 -> 0.2 + 0.1, 0.6 -> 0.2 + 1.5 * 0.4 + 0.1.
  EXPECT_NEAR(out[0], 0.3, 1e-5);
  EXPECT_NEAR(out[1], 0.9, 1e-5);
  EXPECT_NEAR(out[2], 0.0, 1e-5);  // 0.2 - 0.3 + 0.1
}

TEST(Augment, AnEmptyMaskGivesZeros) {
  const auto zeros = apply(Mask{}, no_augmentation(72, kSide));
  EXPECT_EQ(*std::max_element(zeros.begin(), zeros.end()), 0);
}

TEST(Augment, TheOrderOfDrawsStays) {
  // Models that were trained before an option existed can be trained again: each number has its place in the stream.
  AugmentOptions options;
  options.quarter_turns = options.flip_horizontal = options.flip_vertical = false;
  const Augmentation drawn = draw_augmentation(options, 3, 4, 5, 72, kSide);
  RandomStream random(3, "augment", 4, 5);
  random.below(4);        // quarter turn
  random.uniform(-1, 1);  // further turn
  random.chance(0.5);     // mirrors
  random.chance(0.5);
  const double kept = random.uniform(0.75, 1);
  random.uniform(-0.5, 0.5);  // where the crop lies
  random.uniform(-0.5, 0.5);
  EXPECT_NEAR(drawn.geometry[0], kept * 72 / kSide, 1e-12);
  EXPECT_NEAR(drawn.geometry[4], kept * 72 / kSide, 1e-12);
  EXPECT_EQ(drawn.brightness, 0.12 * random.uniform(-1, 1));
  EXPECT_EQ(drawn.contrast, 1 + 0.12 * random.uniform(-1, 1));
  options.aspect = 0.5;
  const Augmentation stretched = draw_augmentation(options, 3, 4, 5, 72, kSide);
  EXPECT_EQ(stretched.brightness, drawn.brightness);
  EXPECT_EQ(stretched.contrast, drawn.contrast);
  EXPECT_NE(stretched.geometry, drawn.geometry);
}

TEST(Augment, AspectStretchesTheCropAndKeepsItsArea) {
  AugmentOptions options;
  options.quarter_turns = options.flip_horizontal = options.flip_vertical = false;
  options.crop_low = options.crop_high = 0.5;
  options.aspect = 1;
  double narrowest = 1, widest = 1;
  for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
    const Affine map = draw_augmentation(options, 1, epoch, 9, kSide, kSide).geometry;
    EXPECT_NEAR(map[0] * map[4], 0.25, 1e-12);  // 0.5 s * 0.5 / s
    narrowest = std::min(narrowest, map[0] / map[4]);
    widest = std::max(widest, map[0] / map[4]);
  }
  // Width to height lies between 1/(1+1) and 1+1.
  EXPECT_GE(narrowest, 0.5);
  EXPECT_LT(narrowest, 0.6);
  EXPECT_LE(widest, 2);
  EXPECT_GT(widest, 1.7);
}

/// 72 x 72 with a lesion of 24 x 24 in a corner.
Mask corner_lesion() { return fill_boxes({{0, 0, 24, 24}}, 72, 72); }

TEST(Augment, KeepLesionLeavesHalfOfItInThePicture) {
  AugmentOptions options;
  options.crop_low = 0.7;
  options.crop_high = 0.8;
  AugmentOptions careful = options;
  careful.keep_lesion = true;
  const Mask mask = corner_lesion();
  int first_kept = 0, drawn_again = 0;
  for (std::int64_t epoch = 0; epoch < 50; ++epoch) {
    const Augmentation first = draw_augmentation(options, 1, epoch, 9, 72, kSide);
    const Augmentation plain = draw_augmentation(options, 1, epoch, 9, mask, 72, kSide);
    EXPECT_EQ(plain.geometry, first.geometry) << "without the option the mask says nothing";
    const Augmentation kept = draw_augmentation(careful, 1, epoch, 9, mask, 72, kSide);
    const auto left = [&](const Augmentation& augmentation) {
      double pixels = 0;
      for (const float inside : apply(mask, augmentation)) pixels += inside;
      const Affine& map = augmentation.geometry;
      return pixels * std::abs(map[0] * map[4] - map[1] * map[3]) / 576;  // as source pixels, of 24 x 24
    };
    EXPECT_GE(left(kept), 0.5) << epoch;
    if (left(first) >= 0.5) {
      EXPECT_EQ(kept.geometry, first.geometry) << epoch;
      EXPECT_EQ(kept.brightness, first.brightness);
      ++first_kept;
    } else {
      EXPECT_NE(kept.geometry, first.geometry) << epoch;
      ++drawn_again;
    }
    EXPECT_EQ(draw_augmentation(careful, 1, epoch, 9, Mask{}, 72, kSide).geometry, first.geometry) << "no lesion";
  }
  EXPECT_GT(first_kept, 4);
  EXPECT_GT(drawn_again, 4);
}

TEST(Augment, KeepLesionFallsBackToThePlainResize) {
  // Crops of a tenth almost never show half of a lesion that fills the corner's quarter.
  AugmentOptions options;
  options.crop_low = options.crop_high = 0.1;
  options.keep_lesion = true;
  const Mask mask = fill_boxes({{0, 0, 36, 36}}, 72, 72);
  for (std::int64_t epoch = 0; epoch < 5; ++epoch)
    EXPECT_EQ(draw_augmentation(options, 1, epoch, 9, mask, 72, kSide).geometry, no_augmentation(72, kSide).geometry);
}

TEST(AugmentOptions, WrongValuesAreRefused) {
  AugmentOptions options;
  options.crop_low = 0.9;
  options.crop_high = 0.8;
  EXPECT_THROW(options.validate(), ConfigError);
  options = {};
  options.rotation_degrees = 200;
  EXPECT_THROW(options.validate(), ConfigError);
  options = {};
  options.aspect = 1.1;
  EXPECT_THROW(options.validate(), ConfigError);
  options = {};
  options.appearance.speckle = 2;
  EXPECT_THROW(options.validate(), ConfigError);
}

TEST(PreviewSheet, DrawsImagesAndTheirAugmentations) {
  const TemporaryFolder folder;
  const Manifest manifest = write_phantoms(folder.path(), 4);
  PreviewOptions options;
  options.side = 64;
  const Image plain = preview_sheet(manifest, {"phantom_0", "phantom_1", "phantom_2"}, options);
  options.augmented = true;
  options.images = 12;
  const Image augmented = preview_sheet(manifest, {"phantom_0", "phantom_1"}, options);
  EXPECT_GT(augmented.height, plain.height);
  options.augment.appearance.gamma = 1;
  const Image looks = preview_sheet(manifest, {"phantom_0", "phantom_1"}, options);
  EXPECT_NE(looks.pixels, augmented.pixels) << "it shows what training would see";
}

}  // namespace
}  // namespace lanet
