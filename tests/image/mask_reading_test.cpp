#include "image/mask_reading.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "image/codec.hpp"
#include "image/odd_images.hpp"
#include "image/region.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

using Form = MaskReading::Form;

/// tools/make_odd_images.py: rows 10..25, columns 12..35 of 40 x 60 px.
Mask truth() { return fill_boxes({{12, 10, 36, 26}}, 40, 60); }

TEST(MaskReading, EveryFormOfTwoValuesIsReadAsTheLesion) {
  for (const char* name : {"mask_0_255.png", "mask_0_1.png", "mask_0_2.png", "mask_0_100.png", "mask_3_250.png",
                           "mask_1_2.png", "mask_16bit_0_1.png", "mask_16bit_0_256.png", "mask_16bit_0_65535.png",
                           "mask_float.tiff", "mask_bilevel.png", "mask_palette.png", "mask_alpha_white.png",
                           "mask_alpha_black.png", "mask_red_opaque.png", "mask_red_on_white.png"}) {
    const MaskReading reading = read_mask_values(odd(name));
    EXPECT_EQ(reading.mask.pixels, truth().pixels) << name;
    EXPECT_EQ(reading.form, Form::kLesion) << name;
  }
}

TEST(MaskReading, NoiseAndSmoothEdgesAreNoClasses) {
  const Mask jpeg = read_mask(odd("mask_jpeg.jpg"));
  std::int64_t wrong = 0;
  for (std::size_t pixel = 0; pixel < jpeg.pixels.size(); ++pixel) wrong += jpeg.pixels[pixel] != truth().pixels[pixel];
  EXPECT_LE(wrong, 16);
  const MaskReading smooth = read_mask_values(odd("mask_smooth.png"));
  EXPECT_NEAR(static_cast<double>(area(smooth.mask)), 4.0 * 16 * 24, 60);
  EXPECT_EQ(read_mask_values(odd("mask_empty_noise.jpg")).form, Form::kEmpty);
}

TEST(MaskReading, SaysWhatItTook) {
  const MaskReading usual = read_mask_values(odd("mask_0_255.png"));
  EXPECT_TRUE(usual.usual);
  EXPECT_EQ(usual.values, "0 and 255");
  EXPECT_EQ(usual.lesion, "255");
  const MaskReading rarer = read_mask_values(odd("mask_1_2.png"));
  EXPECT_FALSE(rarer.usual);
  EXPECT_EQ(rarer.lesion, "2");
  EXPECT_EQ(read_mask_values(odd("mask_alpha_black.png")).lesion, "opaque");
  EXPECT_EQ(read_mask_values(odd("mask_red_on_white.png")).lesion, "red");
}

TEST(MaskReading, EmptyFullAndInvertedAreNamed) {
  EXPECT_EQ(read_mask_values(odd("mask_empty.png")).form, Form::kEmpty);
  EXPECT_EQ(read_mask_values(odd("mask_255_0.png")).form, Form::kInverted);
  Mask full = make_mask(5, 5);
  std::fill(full.pixels.begin(), full.pixels.end(), std::uint8_t{1});
  EXPECT_EQ(decode_mask_values(encode_png(full), "x").form, Form::kFull);
  // A lesion that fills most of the picture but reaches only one border is a large lesion.
  EXPECT_EQ(decode_mask_values(encode_png(fill_boxes({{1, 0, 9, 9}}, 10, 10)), "x").form, Form::kLesion);
}

TEST(MaskReading, SeveralValuesNeedAWord) {
  const std::string classes = refusal<DataError>([] { read_mask(odd("mask_classes_0_1_2.png")); });
  EXPECT_TRUE(has(classes, "0, 1 and 2")) << classes;
  EXPECT_TRUE(has(classes, "--mask-values")) << classes;
  const std::string colours = refusal<DataError>([] { read_mask(odd("mask_red_and_green.png")); });
  EXPECT_TRUE(has(colours, "black, green and red")) << colours;
  const std::vector<std::string> both = {"1", "2"}, core = {"2"}, colour = {"red", "green"}, background = {"0"};
  EXPECT_EQ(read_mask_values(odd("mask_classes_0_1_2.png"), both).mask.pixels, truth().pixels);
  EXPECT_EQ(area(read_mask_values(odd("mask_classes_0_1_2.png"), core).mask), 6 * 10);
  EXPECT_EQ(read_mask_values(odd("mask_red_and_green.png"), colour).mask.pixels, truth().pixels);
  const MaskReading inverted = read_mask_values(odd("mask_255_0.png"), background);
  EXPECT_EQ(inverted.mask.pixels, truth().pixels);
  EXPECT_EQ(inverted.form, Form::kLesion);
  EXPECT_EQ(read_mask_values(odd("mask_0_255.png"), core).form, Form::kEmpty);
}

TEST(MaskReading, ValuesAreNumbersOrColours) {
  EXPECT_EQ(parse_mask_values("1, 2", "x"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(parse_mask_values("Red green", "x"), (std::vector<std::string>{"red", "green"}));
  EXPECT_TRUE(parse_mask_values("", "x").empty());
  EXPECT_THROW(parse_mask_values("mauve", "x"), ConfigError);
  EXPECT_THROW(parse_mask_values("1;2", "x"), ConfigError);
}

/// The published data sets' masks are read as a threshold of 128 reads them.
void expect_read_as_by_threshold(const std::filesystem::path& file) {
  const Image image = read_image(file);
  const Mask mask = read_mask(file);
  std::int64_t differing = 0;
  for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel) {
    const auto* values = &image.pixels[pixel * static_cast<std::size_t>(image.channels)];
    const bool inside = *std::max_element(values, values + image.channels) >= 128;
    differing += inside != (mask.pixels[pixel] != 0);
  }
  EXPECT_EQ(differing, 0) << file;
}

TEST(MaskReading, TheSampleIsReadAsByAThreshold) {
  const auto folder = std::filesystem::path(LANET_SOURCE_DIR) / "sample/Masks";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) expect_read_as_by_threshold(entry.path());
}

TEST(RealData, BusiAndBusBraAreReadAsByAThreshold) {
  const auto data = std::filesystem::path(LANET_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data / "Dataset_BUSI_with_GT")) GTEST_SKIP() << "BUSI is not here";
  for (const char* folder : {"Dataset_BUSI_with_GT", "BUSBRA_fold1"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data / folder))
      if (entry.path().filename().string().find("mask") != std::string::npos && has_image_extension(entry.path()))
        expect_read_as_by_threshold(entry.path());
}

}  // namespace
}  // namespace lanet
