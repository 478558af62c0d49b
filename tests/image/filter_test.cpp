#include "image/filter.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace lanet {
namespace {

constexpr std::int64_t kSide = 32;

std::size_t at(std::int64_t row, std::int64_t column) { return static_cast<std::size_t>(row * kSide + column); }

std::vector<float> flat(double grey, std::int64_t side = kSide) {
  return std::vector<float>(static_cast<std::size_t>(side * side), static_cast<float>(grey));
}

/// mean + amplitude cos(2 pi (frequency column + shift) / side) in every row.
std::vector<float> wave(double mean, double amplitude, int frequency, double shift = 0) {
  std::vector<float> pixels = flat(mean);
  for (std::int64_t row = 0; row < kSide; ++row)
    for (std::int64_t column = 0; column < kSide; ++column)
      pixels[at(row, column)] += static_cast<float>(
          amplitude * std::cos(2 * std::numbers::pi * (frequency * static_cast<double>(column) + shift) / kSide));
  return pixels;
}

double sum_of(const std::vector<float>& pixels) { return std::accumulate(pixels.begin(), pixels.end(), 0.0); }

void expect_near(const std::vector<float>& pixels, const std::vector<float>& expected, double tolerance = 1e-5) {
  ASSERT_EQ(pixels.size(), expected.size());
  for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
    ASSERT_NEAR(pixels[pixel], expected[pixel], tolerance) << pixel;
}

TEST(Blur, OfAPointIsTheBellAndKeepsTheSum) {
  std::vector<float> pixels = flat(0);
  pixels[at(16, 16)] = 1;
  blur(pixels, kSide, kSide, 1, 2);
  EXPECT_NEAR(sum_of(pixels), 1, 1e-5);
  // exp(-x^2 / (2 sigma^2)): one pixel sideways at sigma 1, two pixels downwards at sigma 2.
  EXPECT_NEAR(pixels[at(16, 17)] / pixels[at(16, 16)], std::exp(-0.5), 1e-4);
  EXPECT_NEAR(pixels[at(18, 16)] / pixels[at(16, 16)], std::exp(-0.5), 1e-4);
  EXPECT_EQ(pixels[at(16, 15)], pixels[at(16, 17)]);
}

TEST(Blur, OneDirectionLeavesTheOtherAlone) {
  std::vector<float> pixels = flat(0);
  pixels[at(16, 16)] = 1;
  std::vector<float> down = pixels;
  blur(pixels, kSide, kSide, 1.5, 0);
  blur(down, kSide, kSide, 0, 1.5);
  for (std::int64_t row = 0; row < kSide; ++row)
    for (std::int64_t column = 0; column < kSide; ++column) {
      if (row != 16) {
        EXPECT_EQ(pixels[at(row, column)], 0);
      }
      EXPECT_EQ(down[at(column, row)], pixels[at(row, column)]) << "the same, turned";
    }
  EXPECT_GT(pixels[at(16, 18)], 0.05F);
}

TEST(Blur, SigmaZeroIsTheIdentityAndEdgesAreMirrored) {
  const std::vector<float> before = wave(0.5, 0.4, 7);
  std::vector<float> pixels = before;
  blur(pixels, kSide, kSide, 0, 0);
  EXPECT_EQ(pixels, before);
  pixels = flat(0.3);
  blur(pixels, kSide, kSide, 3, 3);
  expect_near(pixels, flat(0.3));  // nothing flows in from outside
}

TEST(MixLowFrequencies, ShareZeroIsTheIdentity) {
  const std::vector<float> before = wave(0.5, 0.2, 1);
  std::vector<float> pixels = before;
  mix_low_frequencies(pixels, wave(0.2, 0.1, 2), kSide, 3, 0);
  expect_near(pixels, before);
}

TEST(MixLowFrequencies, RadiusZeroGivesTheOthersMean) {
  // Mean 0.25 against 0.75: every pixel rises by 0.5, by half of that for a share of one half.
  std::vector<float> pixels = wave(0.25, 0.1, 1);
  mix_low_frequencies(pixels, flat(0.75), kSide, 0, 1);
  expect_near(pixels, wave(0.75, 0.1, 1));
  pixels = wave(0.25, 0.1, 1);
  mix_low_frequencies(pixels, flat(0.75), kSide, 0, 0.5);
  expect_near(pixels, wave(0.5, 0.1, 1));
  std::vector<float> large = flat(0.25, 100);
  mix_low_frequencies(large, flat(0.75, 100), 100, 0, 1);
  expect_near(large, flat(0.75, 100));
}

TEST(MixLowFrequencies, TakesTheAmplitudeAndKeepsThePhase) {
  std::vector<float> pixels = wave(0.5, 0.1, 2);
  mix_low_frequencies(pixels, wave(0.5, 0.3, 2, 11), kSide, 2, 1);
  expect_near(pixels, wave(0.5, 0.3, 2));
  pixels = wave(0.5, 0.1, 3);
  mix_low_frequencies(pixels, wave(0.5, 0.3, 3), kSide, 2, 1);  // beyond the radius
  expect_near(pixels, wave(0.5, 0.1, 3));
}

TEST(MixLowFrequencies, AnEdgeStaysWhereItIs) {
  constexpr std::int64_t kLarge = 128;
  std::vector<float> pixels = flat(0.3, kLarge), other = flat(0.6, kLarge);
  for (std::int64_t row = 0; row < kLarge; ++row)
    for (std::int64_t column = 0; column < kLarge; ++column) {
      const auto pixel = static_cast<std::size_t>(row * kLarge + column);
      if (column >= 50) pixels[pixel] = 0.5F;
      other[pixel] = static_cast<float>(0.9 * static_cast<double>(row) / kLarge);
    }
  mix_low_frequencies(pixels, other, kLarge, 2, 1);
  for (std::int64_t row = 0; row < kLarge; ++row) {
    std::int64_t steepest = 1;
    const auto rise = [&](std::int64_t column) {
      const auto pixel = static_cast<std::size_t>(row * kLarge + column);
      return pixels[pixel] - pixels[pixel - 1];
    };
    for (std::int64_t column = 1; column < kLarge; ++column)
      if (rise(column) > rise(steepest)) steepest = column;
    ASSERT_EQ(steepest, 50) << "row " << row;
  }
}

TEST(MixLowFrequencies, ARadiusBeyondTheGridIsRefused) {
  std::vector<float> pixels = flat(0.5);
  for (const std::int64_t radius : {-1, 16})
    EXPECT_THROW(mix_low_frequencies(pixels, flat(0.2), kSide, radius, 1), std::invalid_argument) << radius;
  mix_low_frequencies(pixels, flat(0.2), kSide, 15, 1);
  expect_near(pixels, flat(0.2));
}

}  // namespace
}  // namespace lanet
