#include "augment/appearance.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kSquare = 64;

/// What differs from a look that changes nothing.
std::set<std::string> changes_of(const Appearance& look) {
  const Appearance none;
  std::set<std::string> changes;
  const auto note = [&](const char* name, bool differs) {
    if (differs) changes.insert(name);
  };
  note("gamma", look.gamma != none.gamma);
  note("dynamic_range", look.dynamic_range != none.dynamic_range);
  note("gain_curves", look.depth_gain != none.depth_gain || look.lateral_gain != none.lateral_gain);
  note("blur", look.blur_x != 0 || look.blur_y != 0);
  note("sharpness", look.sharpness != 0);
  note("speckle", look.speckle != 0);
  note("shadow", !look.shadows.empty());
  note("border", look.sector != 0);
  note("marks", !look.marks.empty());
  note("style", look.style_share != 0);
  return changes;
}

struct NamedOption {
  const char* name;
  double AppearanceOptions::*value;
  double large;
};

const std::vector<NamedOption> kOptions{{"gamma", &AppearanceOptions::gamma, 4},
                                        {"dynamic_range", &AppearanceOptions::dynamic_range, 4},
                                        {"gain_curves", &AppearanceOptions::gain_curves, 1},
                                        {"blur", &AppearanceOptions::blur, 8},
                                        {"sharpness", &AppearanceOptions::sharpness, 8},
                                        {"speckle", &AppearanceOptions::speckle, 1},
                                        {"shadow", &AppearanceOptions::shadow, 1},
                                        {"border", &AppearanceOptions::border, 1},
                                        {"marks", &AppearanceOptions::marks, 1},
                                        {"style", &AppearanceOptions::style, 1}};

AppearanceOptions everything() {
  AppearanceOptions options;
  for (const NamedOption& option : kOptions) options.*option.value = option.large;
  return options;
}

std::vector<float> noise(std::uint64_t seed, std::int64_t side = kSquare) {
  RandomStream random(seed, "test image");
  std::vector<float> pixels(static_cast<std::size_t>(side * side));
  for (float& pixel : pixels) pixel = static_cast<float>(random.uniform());
  return pixels;
}

std::vector<float> even(float grey, std::int64_t side) {
  return std::vector<float>(static_cast<std::size_t>(side * side), grey);
}

std::vector<float> shown(const Appearance& look, std::int64_t side, std::vector<float> pixels,
                         const std::vector<float>& other = {}) {
  apply_appearance(look, side, pixels, other);
  return pixels;
}

void expect_greys(const std::vector<float>& pixels, const std::vector<double>& expected) {
  ASSERT_EQ(pixels.size(), expected.size());
  for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
    EXPECT_NEAR(pixels[pixel], expected[pixel], 1e-5) << pixel;
}

TEST(Appearance, AllOffIsTheIdentityAndDrawsNothing) {
  EXPECT_FALSE(AppearanceOptions().any());
  const Appearance look = draw_appearance({}, 1, 2, 3);
  EXPECT_TRUE(changes_of(look).empty());
  EXPECT_EQ(look.speckle_place, 0U);
  const std::vector<float> pixels = noise(1);
  EXPECT_EQ(shown(look, kSquare, pixels), pixels);
  EXPECT_EQ(shown(look, kSquare, pixels, noise(2)), pixels);
}

TEST(Appearance, EachOptionChangesWhatItSaysAndNoMore) {
  const std::vector<float> pixels = noise(1), other = noise(2);
  for (const NamedOption& option : kOptions) {
    AppearanceOptions options;
    options.*option.value = option.large;
    EXPECT_TRUE(options.any()) << option.name;
    std::set<std::string> seen;
    int changed = 0;
    for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
      const Appearance look = draw_appearance(options, 1, epoch, 9);
      seen.merge(changes_of(look));
      const std::vector<float> result = shown(look, kSquare, pixels, other);
      changed += result != pixels;
      const auto [low, high] = std::minmax_element(result.begin(), result.end());
      EXPECT_GE(*low, 0) << option.name;
      EXPECT_LE(*high, 1) << option.name;
    }
    EXPECT_EQ(seen, std::set<std::string>{option.name});
    EXPECT_GE(changed, 5) << option.name;
  }
}

TEST(Appearance, EverythingAtOnceStaysInRange) {
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    const auto result = shown(draw_appearance(everything(), 3, epoch, 4), kSquare, noise(1), noise(2));
    for (const float pixel : result) ASSERT_TRUE(pixel >= 0 && pixel <= 1) << pixel;
  }
}

TEST(Appearance, AnOptionLeavesTheOthersDrawsAsTheyWere) {
  AppearanceOptions without = everything();
  without.gamma = without.speckle = without.shadow = without.style = 0;
  const Appearance all = draw_appearance(everything(), 1, 2, 3), some = draw_appearance(without, 1, 2, 3);
  EXPECT_EQ(some.dynamic_range, all.dynamic_range);
  EXPECT_EQ(some.depth_gain, all.depth_gain);
  EXPECT_EQ(some.blur_y, all.blur_y);
  EXPECT_EQ(some.sector, all.sector);
  ASSERT_EQ(some.marks.size(), all.marks.size());
  EXPECT_EQ(some.marks.front().x1, all.marks.front().x1);
}

TEST(Appearance, IsAFunctionOfSeedEpochAndImage) {
  const auto gamma = [](std::uint64_t seed, std::int64_t epoch, std::uint64_t image) {
    return draw_appearance(everything(), seed, epoch, image).gamma;
  };
  EXPECT_EQ(gamma(1, 2, 3), gamma(1, 2, 3));
  const std::set<double> different{gamma(1, 2, 3), gamma(2, 2, 3), gamma(1, 3, 3), gamma(1, 2, 4)};
  EXPECT_EQ(different.size(), 4U);
}

TEST(Appearance, DrawsStayWithinTheirOptions) {
  AppearanceOptions options;
  options.gamma = 1;
  options.dynamic_range = 0.5;
  options.gain_curves = 0.2;
  options.blur = 2;
  options.speckle = 0.3;
  options.shadow = 0.5;
  int shadows = 0;
  for (std::int64_t epoch = 0; epoch < 400; ++epoch) {
    const Appearance look = draw_appearance(options, 1, epoch, 7);
    EXPECT_TRUE(look.gamma >= 0.5 && look.gamma <= 2);                        // 1/(1+1) .. 1+1
    EXPECT_TRUE(look.dynamic_range >= 1 / 1.5 && look.dynamic_range <= 1.5);  // 1/(1+0.5) .. 1+0.5
    for (const double knot : look.depth_gain) EXPECT_NEAR(knot, 1, 0.2);
    EXPECT_TRUE(look.blur_x >= 0 && look.blur_x < 2 && look.blur_y < 2);
    EXPECT_TRUE(look.speckle >= 0 && look.speckle < 0.3);
    shadows += !look.shadows.empty();
  }
  EXPECT_NEAR(shadows, 200, 40);  // half of 400; 4 deviations are 40
}

TEST(Appearance, GammaByHand) {
  Appearance look;
  look.gamma = 2;
  expect_greys(shown(look, 2, {0, 0.2F, 0.6F, 1}), {0, 0.04, 0.36, 1});
  look.gamma = 0.5;
  EXPECT_NEAR(shown(look, 1, {0.36F})[0], 0.6, 1e-4);
}

TEST(Appearance, DynamicRangeByHand) {
  // 1 + (v - 1) * 2: white stays, 0.6 becomes 1 - 0.8, 0.8 becomes 1 - 0.4, 0.2 falls below black.
  Appearance look;
  look.dynamic_range = 2;
  expect_greys(shown(look, 2, {0.2F, 0.6F, 0.8F, 1}), {0, 0.2, 0.6, 1});
  look.dynamic_range = 0.5;  // black becomes 1 - 0.5
  expect_greys(shown(look, 2, {0, 0.2F, 0.6F, 1}), {0.5, 0.6, 0.8, 1});
}

TEST(Appearance, GainCurvesAtAndBetweenTheKnots) {
  // Two pixels lie at 1/4 and 3/4 of the side: on the second and the fourth of five knots.
  Appearance look;
  look.depth_gain = {9, 0.5, 9, 0.25, 9};
  expect_greys(shown(look, 2, even(0.8F, 2)), {0.4, 0.4, 0.2, 0.2});
  look.lateral_gain = {9, 1, 9, 0.5, 9};
  expect_greys(shown(look, 2, even(0.8F, 2)), {0.4, 0.2, 0.2, 0.1});
  // One pixel lies on the third; four at 1/8, 3/8, ...: halfway between two knots.
  look = {};
  look.depth_gain = {0, 0, 0.5, 0, 0};
  EXPECT_NEAR(shown(look, 1, {0.8F})[0], 0.4, 1e-6);
  look.depth_gain = {0, 1, 0, 0, 0.5};
  const auto rows = shown(look, 4, even(0.8F, 4));
  EXPECT_NEAR(rows[0], 0.4, 1e-6);
  EXPECT_NEAR(rows[4], 0.4, 1e-6);
  EXPECT_NEAR(rows[8], 0, 1e-6);
  EXPECT_NEAR(rows[12], 0.2, 1e-6);
}

TEST(Appearance, BlurAndSharpnessLeaveEvenGreysAlone) {
  Appearance look;
  look.blur_x = 3;
  look.blur_y = 1;
  look.sharpness = 4;
  for (const float pixel : shown(look, kSquare, even(0.4F, kSquare))) ASSERT_NEAR(pixel, 0.4, 1e-5);
}

TEST(Appearance, SharpnessRaisesAndBlurLowersAnEdge) {
  constexpr std::int64_t kSide = 256;  // at which a sigma is as many pixels
  std::vector<float> edge = even(0.4F, kSide);
  for (std::size_t pixel = 0; pixel < edge.size(); ++pixel)
    if (pixel % kSide >= kSide / 2) edge[pixel] = 0.6F;
  const auto step = [](const std::vector<float>& pixels) { return pixels[kSide / 2] - pixels[kSide / 2 - 1]; };
  Appearance sharp, soft;
  sharp.sharpness = 1;
  soft.blur_x = 2;
  // A blurred step rises by itself times the bell's middle, 1 / (sqrt(2 pi) sigma): 0.2 * 0.399 at 1 px, 0.2 * 0.1995
  // at 2 px. The unsharp mask adds what the bell takes: 0.2 + (0.2 - 0.0798).
  EXPECT_NEAR(step(shown(sharp, kSide, edge)), 0.3202, 1e-3);
  EXPECT_NEAR(step(shown(soft, kSide, edge)), 0.0399, 1e-3);
  soft = {};
  soft.blur_y = 8;  // along the edge
  EXPECT_NEAR(step(shown(soft, kSide, edge)), 0.2, 1e-5);
}

TEST(Appearance, SpeckleIsMultipliedNoiseOfItsDeviation) {
  constexpr std::int64_t kSide = 256;
  Appearance look;
  look.speckle = 0.2;
  const auto pixels = shown(look, kSide, even(0.5F, kSide));
  double sum = 0, squares = 0;
  for (const float pixel : pixels) {
    sum += pixel;
    squares += (pixel - 0.5) * (pixel - 0.5);
  }
  const auto count = static_cast<double>(pixels.size());
  EXPECT_NEAR(sum / count, 0.5, 0.01);
  EXPECT_NEAR(std::sqrt(squares / count), 0.2 * 0.5, 0.01);
  EXPECT_EQ(shown(look, kSide, even(0, kSide)), even(0, kSide)) << "black stays black";
  look.speckle_place = 512 * 100 + 7;
  EXPECT_NE(shown(look, kSide, even(0.5F, kSide)), pixels);
}

TEST(Appearance, AShadowIsDarkBelowItsTopAndNowhereElse) {
  constexpr std::int64_t kSide = 100;
  Appearance look;
  look.shadows = {{0.5, 0.2, 0.2, 0.25}};
  const auto pixels = shown(look, kSide, even(1, kSide));
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return pixels[static_cast<std::size_t>(row * kSide + column)];
  };
  for (std::int64_t column = 0; column < kSide; ++column) EXPECT_EQ(at(19, column), 1) << column;
  // Row 80 is 3/4 of the way down: half as wide as 0.2 * 100 * (1 + 0.75 / 3) / 2 = 12.5 px. Column 49's centre lies
  // 0.5 / 12.5 = 0.04 off the middle: 1 - (1 - 0.25) * (1 - 0.04^2) is left of the light.
  EXPECT_NEAR(at(80, 49), 1 - 0.75 * (1 - 0.0016), 1e-5);
  EXPECT_NEAR(at(80, 50), at(80, 49), 1e-6);
  EXPECT_NEAR(at(80, 56), 1 - 0.75 * (1 - 0.52 * 0.52), 1e-5);
  EXPECT_EQ(at(80, 36), 1);
  EXPECT_EQ(at(80, 63), 1);
  EXPECT_GT(at(22, 49), at(40, 49)) << "it sets in within an eighth of its length";
}

TEST(Appearance, ASectorLosesItsUpperCorners) {
  constexpr std::int64_t kSide = 100;
  Appearance look;
  look.sector = 0.3;
  const auto pixels = shown(look, kSide, even(1, kSide));
  const auto dark = [&](std::int64_t row) {
    const auto begin = pixels.begin() + row * kSide;
    return std::count(begin, begin + kSide, 0.0F);
  };
  EXPECT_EQ(dark(0), 60);   // 0.3 * 100 at each side
  EXPECT_EQ(dark(50), 30);  // half of that
  EXPECT_EQ(dark(99), 0);
  EXPECT_EQ(pixels[29], 0);
  EXPECT_EQ(pixels[30], 1);
  EXPECT_EQ(pixels[69], 1);
  EXPECT_EQ(pixels[70], 0);
}

TEST(Appearance, MarksChangeTheirRectanglesAlone) {
  Appearance look;
  look.marks = {{0.1, 0.2, 0.3, 0.4, 0.75F}, {0.8, 0.9, 0.8, 0.9, 0.25F}, {-0.2, -0.2, 0.1, 0.1, 0}};
  const auto pixels = shown(look, 10, even(0.5F, 10));
  for (std::size_t row = 0; row < 10; ++row)
    for (std::size_t column = 0; column < 10; ++column) {
      const bool first = row >= 2 && row < 4 && column >= 1 && column < 3;
      const bool at_least_a_pixel = row == 9 && column == 8;
      const bool partly_outside = row == 0 && column == 0;
      EXPECT_EQ(pixels[row * 10 + column], first              ? 0.75F
                                           : at_least_a_pixel ? 0.25F
                                           : partly_outside   ? 0.0F
                                                              : 0.5F)
          << row << " " << column;
    }
}

TEST(Appearance, StyleTakesTheOthersGreyLevel) {
  Appearance look;
  look.style_share = 1;
  for (const float pixel : shown(look, 32, even(0.25F, 32), even(0.75F, 32))) ASSERT_NEAR(pixel, 0.75, 1e-5);
  look.style_share = 0.5;
  for (const float pixel : shown(look, 32, even(0.25F, 32), even(0.75F, 32))) ASSERT_NEAR(pixel, 0.5, 1e-5);
  EXPECT_EQ(shown(look, 32, even(0.25F, 32)), even(0.25F, 32)) << "nothing to take it from";
}

TEST(AppearanceOptions, WrongValuesAreRefused) {
  for (const NamedOption& option : kOptions)
    for (const double wrong : {-0.1, option.large + 0.1}) {
      AppearanceOptions options;
      options.*option.value = wrong;
      EXPECT_THROW(options.validate(), ConfigError) << option.name;
    }
  EXPECT_NO_THROW(everything().validate());
}

}  // namespace
}  // namespace lanet
