#include "kernel/pool.hpp"

#include <gtest/gtest.h>

#include "kernel/numbers.hpp"

namespace lanet {
namespace {

/// Checks one direction: `results` of them, each over `count` numbers; index(result, k) is its k-th one in x.
template <class Number, class Index>
void check(const std::vector<Number>& x, std::int64_t results, std::int64_t count, const Index& index,
           const Numbers& mean, const Numbers& largest, const Numbers& ties, const std::string& what) {
  for (std::int64_t result = 0; result < results; ++result) {
    double sum = 0, most = -INFINITY, equal = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      const double value = to_float(x[static_cast<std::size_t>(index(result, k))]);
      sum += value;
      equal = value > most ? 1 : value == most ? equal + 1 : equal;
      most = std::max(most, value);
    }
    const auto at = static_cast<std::size_t>(result);
    EXPECT_NEAR(mean[at], sum / static_cast<double>(count), 1e-5) << what << " " << result;
    EXPECT_EQ(largest[at], static_cast<float>(most)) << what << " " << result;
    EXPECT_EQ(ties[at], static_cast<float>(equal)) << what << " " << result;
  }
}

template <class Number>
void check_all(const std::string& isa, std::int64_t channels, std::int64_t pixels, const std::vector<Number>& x) {
  const PoolKernels<Number>& kernels = pool_kernels<Number>(isa.c_str());
  const std::string what = isa + " " + std::to_string(channels) + " x " + std::to_string(pixels);
  const auto of = [](std::int64_t count) { return Numbers(static_cast<std::size_t>(count), -7.0F); };
  Numbers mean = of(channels), largest = of(channels), ties = of(channels);
  kernels.over_pixels(x.data(), pixels, channels, mean.data(), largest.data(), ties.data());
  check(
      x, channels, pixels, [&](std::int64_t c, std::int64_t pixel) { return pixel * channels + c; }, mean, largest,
      ties, what + " pixels");
  const Numbers of_mean = random_numbers(std::max(channels, pixels), 5),
                of_largest = random_numbers(std::max(channels, pixels), 6);
  std::vector<Number> grad(x.size());
  const auto expect = [&](bool over_pixels) {
    std::vector<double> wanted(x.size());
    for (std::size_t at = 0; at < x.size(); ++at) {
      const std::size_t result =
          over_pixels ? at % static_cast<std::size_t>(channels) : at / static_cast<std::size_t>(channels);
      wanted[at] =
          static_cast<double>(of_mean[result]) + (to_float(x[at]) == largest[result] ? of_largest[result] : 0.0);
    }
    expect_near(grad, wanted, sizeof(Number) == 2 ? 4e-3 : 1e-6, what + (over_pixels ? " pixels" : " channels"));
  };
  kernels.over_pixels_backward(x.data(), pixels, channels, of_mean.data(), largest.data(), of_largest.data(),
                               grad.data());
  expect(true);
  mean = of(pixels), largest = of(pixels), ties = of(pixels);
  kernels.over_channels(x.data(), pixels, channels, mean.data(), largest.data(), ties.data());
  check(
      x, pixels, channels, [&](std::int64_t pixel, std::int64_t c) { return pixel * channels + c; }, mean, largest,
      ties, what + " channels");
  kernels.over_channels_backward(x.data(), pixels, channels, of_mean.data(), largest.data(), of_largest.data(),
                                 grad.data());
  expect(false);
}

TEST(Pool, AgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t channels : {8, 16, 24, 320})
      for (const std::int64_t pixels : {1, 2, 7, 70, 200}) {
        const Numbers x = random_numbers(channels * pixels, 4);
        check_all<float>(isa, channels, pixels, x);
        check_all<Bf16>(isa, channels, pixels, converted<Bf16>(x));  // rounding makes ties
      }
}

TEST(Pool, ZerosAfterAnActivationAreTies) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t channels : {8, 24}) {
      Numbers x = random_numbers(channels * 5, 4);
      for (float& value : x) value = std::min(value, 0.0F);  // the largest is 0, many times
      check_all<float>(isa, channels, 5, x);
      check_all<Bf16>(isa, channels, 5, converted<Bf16>(x));
    }
}

}  // namespace
}  // namespace lanet
