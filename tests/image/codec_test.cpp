#include "image/codec.hpp"

#include <cstdio>
#include <iostream>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "image/odd_images.hpp"
#include "image/quiet_decoding.hpp"
#include "support/damage.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

Image gradient(std::int64_t channels) {
  Image image = make_image(5, 7, channels);
  for (std::size_t index = 0; index < image.pixels.size(); ++index)
    image.pixels[index] = static_cast<std::uint8_t>(index * 7 % 251);
  return image;
}

TEST(Codec, PngRoundTripGreyAndColour) {
  for (const std::int64_t channels : {1, 3}) {
    const Image image = gradient(channels);
    const std::string bytes = encode_png(image);
    const ImageHeader header = probe_image(bytes, "x");
    EXPECT_EQ(header.format, "PNG");
    EXPECT_EQ(header.height, 5);
    EXPECT_EQ(header.width, 7);
    const Image read = decode_image(bytes, "x");
    EXPECT_EQ(read.channels, channels);
    EXPECT_EQ(read.pixels, image.pixels);
  }
}

TEST(Codec, AColourPictureOfGreyPixelsBecomesGrey) {
  Image image = make_image(2, 2, 3);
  for (std::size_t index = 0; index < image.pixels.size(); ++index)
    image.pixels[index] = static_cast<std::uint8_t>(index / 3 * 10);
  const Image read = decode_image(encode_png(image), "x");
  EXPECT_EQ(read.channels, 1);
  EXPECT_EQ(read.pixels, (std::vector<std::uint8_t>{0, 10, 20, 30}));
}

TEST(Codec, MasksOf255AndOf1) {
  Mask mask = make_mask(3, 4);
  mask.at(1, 2) = 1;
  EXPECT_EQ(decode_mask(encode_png(mask), "x").pixels, mask.pixels);
  Image ones = make_image(3, 4, 1);
  ones.pixels[6] = 1;
  EXPECT_EQ(decode_mask(encode_png(ones), "x").pixels, mask.pixels);
}

TEST(Codec, TruncatedFilesAreRefusedAtEveryLength) {
  const std::string bytes = encode_png(gradient(3));
  for (std::size_t length = 0; length + 12 < bytes.size(); length += 5)
    EXPECT_THROW(decode_image(bytes.substr(0, length), "x"), DataError) << length;
}

TEST(Codec, OtherFormatsAreRefusedByContentNotByName) {
  EXPECT_THROW(decode_image("GIF89a..........................", "x.png"), DataError);  // a damaged one
  EXPECT_THROW(decode_image("%PDF-1.4", "x.png"), DataError);
  EXPECT_THROW(decode_image(std::string(1000, '\0'), "x.png"), DataError);
}

TEST(Codec, HugePicturesAreRefusedBeforeDecoding) {
  std::string bytes = encode_png(gradient(1));
  bytes[16] = '\x7f';  // the width's first byte in IHDR
  EXPECT_THROW(probe_image(bytes, "x"), DataError);
  EXPECT_THROW(decode_image(bytes, "x"), DataError);
  InputLimits small;
  small.image_pixels = 34;
  EXPECT_THROW(decode_image(encode_png(gradient(1)), "x", small), DataError);
}

TEST(Codec, FlippedBytesNeverCrash) {
  const std::string bytes = encode_png(gradient(3));
  for (std::size_t position = 0; position < bytes.size(); ++position) {
    std::string damaged = bytes;
    damaged[position] = static_cast<char>(damaged[position] ^ 0x55);
    try {
      decode_image(damaged, "x");
    } catch (const DataError&) {
    }
  }
}

TEST(Codec, JpegIsReadBackNearly) {
  Image image = make_image(32, 32, 1);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{90});
  const Image read = decode_image(encode_jpeg(image, 95), "x");
  EXPECT_NEAR(read.at(10, 10), 90, 2);
}

/// Row r, column c of the ramp that tools/make_odd_images.py draws.
int ramp(std::int64_t row, std::int64_t column) { return static_cast<int>(16 * row + 8 * column); }

TEST(Codec, OddFormsAreReadAsTheirPixels) {
  for (const char* name : {"grey8.png", "grey16.png", "grey_alpha.png", "animated.png", "pages.tiff"}) {
    const Image image = read_image(odd(name));  // of an animation and of pages: the first picture
    ASSERT_EQ(image.channels, 1) << name;
    ASSERT_EQ(image.height, 8) << name;
    ASSERT_EQ(image.width, 12) << name;
    for (const std::int64_t row : {0, 3, 7}) EXPECT_EQ(image.at(row, 5), ramp(row, 5)) << name;
  }
  for (const char* name : {"cmyk.jpg", "progressive.jpg", "palette.png", "packed.tiff", "colour.bmp"}) {
    const Image image = read_image(odd(name));
    ASSERT_EQ(image.channels, 3) << name;
    const std::size_t pixel = 3 * (4 * 12 + 6);  // red and blue are the ramp, green is its negative
    const int tolerance = std::string(name).ends_with("jpg") ? 12 : std::string(name) == "palette.png" ? 10 : 0;
    EXPECT_NEAR(image.pixels[pixel], ramp(4, 6), tolerance) << name;
    EXPECT_NEAR(image.pixels[pixel + 1], 255 - ramp(4, 6), tolerance) << name;
  }
  EXPECT_EQ(read_image(odd("one_pixel.png")).pixels, (std::vector<std::uint8_t>{77}));
  EXPECT_EQ(read_image(odd("wide30000.png")).width, 30000);
  EXPECT_EQ(read_mask(odd("bilevel.png")).width, 12);
}

TEST(Codec, WhatIsNoPictureOrTooWideIsRefused) {
  for (const char* name : {"text.png", "wide30001.png", "float.tiff", "animated.webp"})
    EXPECT_THROW(read_image(odd(name)), DataError) << name;
}

/// Red and blue are the ramp, green its negative.
void expect_colour_ramp(const Image& image, const std::string& name, int tolerance) {
  ASSERT_EQ(image.height, 8) << name;
  ASSERT_EQ(image.width, 12) << name;
  ASSERT_EQ(image.channels, 3) << name;
  for (const std::int64_t row : {0, 4, 7})
    for (const std::int64_t column : {0, 6, 11}) {
      const auto pixel = static_cast<std::size_t>(3 * (row * 12 + column));
      EXPECT_NEAR(image.pixels[pixel], ramp(row, column), tolerance) << name << " " << row << " " << column;
      EXPECT_NEAR(image.pixels[pixel + 1], 255 - ramp(row, column), tolerance) << name << " " << row << " " << column;
    }
}

TEST(Codec, PicturesAreUprightWhateverTheirOrientation) {
  std::vector<std::string> names = {"turned_6.png", "turned_6.webp"};
  for (int orientation = 2; orientation <= 8; ++orientation)
    for (const char* extension : {".jpg", ".tiff"})
      names.push_back("turned_" + std::to_string(orientation) + extension);
  for (const std::string& name : names) {
    expect_colour_ramp(read_image(odd(name)), name, name.ends_with("jpg") ? 12 : 0);
    const ImageHeader header = probe_image(read_file(odd(name)), name);
    EXPECT_EQ(header.height, 8) << name;
    EXPECT_EQ(header.width, 12) << name;
    EXPECT_EQ(header.orientation, name[7] - '0') << name;
    EXPECT_EQ(header.stored_width(), header.turned() ? 8 : 12) << name;
  }
}

TEST(Codec, EveryPageOfATiffAndEveryPictureOfAGif) {
  const auto pages = read_pages(odd("pages.tiff"));
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(page_count(odd("pages.tiff")), 2);
  EXPECT_EQ(pages[0].at(3, 5), ramp(3, 5));
  EXPECT_EQ(pages[1].at(3, 5), 255 - ramp(3, 5));
  const auto turned = read_pages(odd("turned_pages.tiff"));  // both are said to need a quarter turn
  ASSERT_EQ(turned.size(), 2U);
  expect_colour_ramp(turned[0], "turned_pages.tiff", 0);
  EXPECT_EQ(turned[1].height, 12);
  const auto pictures = read_pages(odd("animated.gif"));
  ASSERT_EQ(pictures.size(), 2U);
  EXPECT_NEAR(pictures[0].at(3, 5), ramp(3, 5), 1);
  EXPECT_NEAR(pictures[1].at(3, 5), 255 - ramp(3, 5), 1);
  EXPECT_EQ(page_count(odd("grey8.png")), 1);
}

TEST(Codec, WebpAndGifAreRead) {
  expect_colour_ramp(read_image(odd("lossless.webp")), "lossless.webp", 0);
  const Image image = read_image(odd("transparent.gif"));  // its one dark corner pixel is transparent: black
  EXPECT_EQ(image.at(0, 0), 0);
  EXPECT_NEAR(image.pixels[3 * (4 * 12 + 6)], ramp(4, 6), 25);
}

TEST(Codec, WhatPeopleTakeForPicturesIsNamedInTheRefusal) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(20, '\0'), "HEIC"},
      {std::string("\0\0\0\x18", 4) + "ftypavif" + std::string(20, '\0'), "AVIF"},
      {std::string("II+\0", 4) + std::string(20, '\0'), "BigTIFF"},
      {std::string(128, '\0') + "DICM" + std::string(20, '\0'), "DICOM"},
      {"%PDF-1.4", "PDF"},
      {"", "empty"}};
  for (const auto& [bytes, name] : files) try {
      decode_image(bytes, "x.png");
      ADD_FAILURE() << name;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
}

TEST(Codec, LibrariesSayNothingOnTheTerminal) {
  keep_decoders_quiet();
  testing::internal::CaptureStderr();
  for (const auto& entry : std::filesystem::directory_iterator(odd("")))
    for (const std::string& damaged : damaged_copies(read_file(entry.path()), 20)) try {
        decode_image(damaged, "x");
      } catch (const DataError&) {
      }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  std::cerr << "from C++ ";
  std::fprintf(stderr, "and from C");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "from C++ and from C");
}

TEST(Codec, DamagedCopiesAreReadOrRefused) {
  for (const auto& entry : std::filesystem::directory_iterator(odd("")))
    for (const std::string& damaged : damaged_copies(read_file(entry.path()), 100)) {
      try {
        const Image image = decode_image(damaged, "x");
        EXPECT_EQ(static_cast<std::size_t>(image.height * image.width * image.channels), image.pixels.size());
        decode_mask(damaged, "x");
      } catch (const DataError&) {
      }
    }
}

TEST(Codec, AMissingFileIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_image(folder / "none.png"), Error);
}

}  // namespace
}  // namespace lanet
