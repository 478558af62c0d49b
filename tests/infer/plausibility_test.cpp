#include "infer/plausibility.hpp"

#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "image/codec.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

Image filled(std::int64_t side, std::int64_t channels, const std::function<int(std::int64_t)>& value) {
  Image image = make_image(side, side, channels);
  for (std::size_t index = 0; index < image.pixels.size(); ++index)
    image.pixels[index] = static_cast<std::uint8_t>(value(static_cast<std::int64_t>(index)));
  return image;
}

void expect_reason(const Image& image, const std::string& part) {
  const auto reasons = implausibilities(image);
  ASSERT_FALSE(reasons.empty()) << part;
  EXPECT_TRUE(has(reasons.front(), part)) << reasons.front();
}

TEST(Plausibility, FactsByHand) {
  const Image image{1, 4, 1, {100, 100, 0, 200}};
  const PictureFacts facts = picture_facts(image);
  EXPECT_NEAR(facts.lit, 0.75, 1e-12);
  EXPECT_NEAR(facts.flat, 0.5, 1e-12);  // pairs that begin with a lit pixel: 100-100, 100-0
  EXPECT_EQ(facts.coloured, 0);
}

TEST(Plausibility, TheSampleIsUltrasound) {
  int images = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(LANET_SOURCE_DIR) / "sample" / "Images")) {
    EXPECT_TRUE(implausibilities(read_image(entry.path())).empty()) << entry.path();
    ++images;
  }
  EXPECT_EQ(images, 120);
}

TEST(Plausibility, WhatIsNot) {
  RandomStream random(1, "noise");
  expect_reason(filled(64, 1, [&](std::int64_t) { return static_cast<int>(random.below(256)); }), "noise");
  expect_reason(filled(64, 1, [](std::int64_t) { return 0; }), "dark");
  expect_reason(filled(64, 1, [](std::int64_t) { return 128; }), "even");
  expect_reason(
      filled(64, 3, [](std::int64_t index) { return index % 3 == 0 ? 200 : static_cast<int>(index / 192 * 2); }),
      "colour");
  expect_reason(filled(64, 1, [](std::int64_t index) { return index / 64 < 32 ? 60 : 180; }), "drawing");
  EXPECT_TRUE(implausibilities(Image{}).size() <= 1);
}

}  // namespace
}  // namespace lanet
