#include "kernel/stem.hpp"

#include <gtest/gtest.h>

#include "kernel/numbers.hpp"

namespace lanet {
namespace {

StemShape shape_of(std::int64_t kernel, std::int64_t channels, std::int64_t out_width) {
  StemShape s;
  s.batch = 2;
  s.kernel = kernel;
  s.stride = 2;
  s.channels = channels;
  s.out_height = 3;
  s.out_width = out_width;
  s.height = (s.out_height - 1) * s.stride + kernel;
  s.width = stem_width(kernel, s.stride, out_width);
  return s;
}

template <class Number>
void check_stem(const StemShape& s, const std::string& isa, double tolerance) {
  const StemKernels<Number>& kernels = stem_kernels<Number>(isa.c_str());
  const Numbers x = random_numbers(s.rows() * s.width, 1), weights = random_numbers(s.taps() * s.channels, 2);
  const auto grad_y = converted<Number>(random_numbers(s.out_rows() * s.out_width * s.channels, 3));
  std::vector<double> y_wanted(grad_y.size()), grad_w_wanted(weights.size());
  for (std::int64_t row = 0; row < s.out_rows(); ++row)
    for (std::int64_t column = 0; column < s.out_width; ++column)
      for (std::int64_t tap = 0; tap < s.taps(); ++tap) {
        const std::int64_t line = row / s.out_height * s.height + row % s.out_height * s.stride + tap / s.kernel;
        const double value = x[static_cast<std::size_t>(line * s.width + column * s.stride + tap % s.kernel)];
        for (std::int64_t c = 0; c < s.channels; ++c) {
          const auto out = static_cast<std::size_t>((row * s.out_width + column) * s.channels + c);
          const auto weight = static_cast<std::size_t>(tap * s.channels + c);
          y_wanted[out] += value * weights[weight];
          grad_w_wanted[weight] += value * static_cast<double>(to_float(grad_y[out]));
        }
      }
  const std::string what = isa + " kernel " + std::to_string(s.kernel) + " channels " + std::to_string(s.channels) +
                           " width " + std::to_string(s.out_width);
  std::vector<Number> y(y_wanted.size());
  Numbers grad_w(weights.size(), 0.0F);
  const std::int64_t half = s.out_rows() / 2;  // in two parts, as two threads would
  kernels.forward(s, x.data(), weights.data(), y.data(), 0, half);
  kernels.forward(s, x.data(), weights.data(), y.data(), half, s.out_rows());
  expect_near(y, y_wanted, tolerance, what + " forward");
  kernels.backward_weights(s, x.data(), grad_y.data(), grad_w.data(), 0, half);
  kernels.backward_weights(s, x.data(), grad_y.data(), grad_w.data(), half, s.out_rows());
  expect_near(grad_w, grad_w_wanted, 1e-5, what + " weights");
}

TEST(Stem, EveryFormAgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t kernel : {3, 7})
      for (const std::int64_t channels : {32, 64, 96})
        for (const std::int64_t width : {1, 6, 12, 17}) {
          const StemShape s = shape_of(kernel, channels, width);
          ASSERT_TRUE(has_stem_kernel(s));
          check_stem<float>(s, isa, 1e-5);
          check_stem<Bf16>(s, isa, 4e-3);  // half a unit in the last of 8 bits
        }
}

TEST(Stem, EveryWidthAgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t kernel : {3, 7})
      for (std::int64_t width = 1; width <= 70; ++width) {
        StemShape s = shape_of(kernel, width % 3 == 0 ? 96 : 32, width);
        s.batch = 1;
        check_stem<float>(s, isa, 1e-5);
        check_stem<Bf16>(s, isa, 4e-3);
      }
}

TEST(Stem, WidthHoldsWholeGroups) {
  EXPECT_EQ(stem_width(7, 2, 1), 11 * 2 + 7);
  EXPECT_EQ(stem_width(7, 2, 12), 11 * 2 + 7);
  EXPECT_EQ(stem_width(3, 2, 13), 23 * 2 + 3);
}

TEST(Stem, UnknownFormsAreNamedAsSuch) {
  EXPECT_TRUE(has_stem_kernel(shape_of(7, 64, 4)));
  EXPECT_FALSE(has_stem_kernel(shape_of(7, 48, 4)));
  EXPECT_FALSE(has_stem_kernel(shape_of(5, 64, 4)));
  StemShape dense = shape_of(3, 32, 4);
  dense.stride = 1;
  EXPECT_FALSE(has_stem_kernel(dense));
}

}  // namespace
}  // namespace lanet
