#include "kernel/depthwise.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernel/numbers.hpp"

namespace lanet {
namespace {

/// The definition, in double: calls visit(y index, x index, weight index) for every product.
template <class Visit>
void every_product(const DepthwiseShape& s, const Visit& visit) {
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t oy = 0; oy < s.out_height; ++oy)
      for (std::int64_t ox = 0; ox < s.out_width; ++ox)
        for (std::int64_t ky = 0; ky < s.kernel; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel; ++kx) {
            const std::int64_t y = oy * s.stride + ky - s.pad_top, x = ox * s.stride + kx - s.pad_left;
            if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
            for (std::int64_t c = 0; c < s.channels; ++c)
              visit(((n * s.out_height + oy) * s.out_width + ox) * s.channels + c,
                    ((n * s.height + y) * s.width + x) * s.channels + c, (ky * s.kernel + kx) * s.channels + c);
          }
}

template <class Number>
void check_depthwise(const DepthwiseShape& s, const std::string& isa, double tolerance) {
  const DepthwiseKernels<Number>& kernels = depthwise_kernels<Number>(isa.c_str());
  const std::int64_t x_count = s.rows() * s.width * s.channels, y_count = s.out_rows() * s.out_width * s.channels;
  const auto x = converted<Number>(random_numbers(x_count, 1)), grad_y = converted<Number>(random_numbers(y_count, 2));
  const Numbers weights = random_numbers(s.taps() * s.channels, 3);
  std::vector<double> y_wanted(static_cast<std::size_t>(y_count)), grad_x_wanted(static_cast<std::size_t>(x_count)),
      grad_w_wanted(weights.size());
  every_product(s, [&](std::int64_t out, std::int64_t in, std::int64_t tap) {
    const auto o = static_cast<std::size_t>(out), i = static_cast<std::size_t>(in), w = static_cast<std::size_t>(tap);
    y_wanted[o] += static_cast<double>(to_float(x[i])) * weights[w];
    grad_x_wanted[i] += static_cast<double>(to_float(grad_y[o])) * weights[w];
    grad_w_wanted[w] += static_cast<double>(to_float(grad_y[o])) * to_float(x[i]);
  });
  const std::string what = isa + " kernel " + std::to_string(s.kernel) + " stride " + std::to_string(s.stride) +
                           " padding " + std::to_string(s.pad_left) + " width " + std::to_string(s.width);
  std::vector<Number> y(y_wanted.size()), grad_x(grad_x_wanted.size());
  Numbers grad_w(weights.size(), 0.0F);
  // In two parts, as two threads would.
  const std::int64_t half = s.out_rows() / 2;
  kernels.forward(s, x.data(), weights.data(), y.data(), 0, half);
  kernels.forward(s, x.data(), weights.data(), y.data(), half, s.out_rows());
  expect_near(y, y_wanted, tolerance, what + " forward");
  kernels.backward_input(s, grad_y.data(), weights.data(), grad_x.data(), 0, s.rows() / 3);
  kernels.backward_input(s, grad_y.data(), weights.data(), grad_x.data(), s.rows() / 3, s.rows());
  expect_near(grad_x, grad_x_wanted, tolerance, what + " backward");
  kernels.backward_weights(s, x.data(), grad_y.data(), grad_w.data(), 0, half);
  kernels.backward_weights(s, x.data(), grad_y.data(), grad_w.data(), half, s.out_rows());
  expect_near(grad_w, grad_w_wanted, 1e-5, what + " weights");
}

TEST(Depthwise, EveryFormAgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t kernel : {3, 5})
      for (const std::int64_t stride : {1, 2})
        for (const std::int64_t padding : {0, 1, 2})
          for (const std::int64_t width : {1, 7, 8, 19}) {
            DepthwiseShape s;
            s.batch = 2;
            s.height = 6;
            s.width = width;
            s.channels = 48;  // a pair of vectors of bf16 and a single one
            s.kernel = kernel;
            s.stride = stride;
            s.pad_top = padding;
            s.pad_left = padding;
            s.out_height = (s.height + stride - 1) / stride;
            s.out_width = (s.width + stride - 1) / stride;
            ASSERT_TRUE(has_depthwise_kernel(s));
            check_depthwise<float>(s, isa, 1e-5);
            check_depthwise<Bf16>(s, isa, 4e-3);  // half a unit in the last of 8 bits
          }
}

TEST(Depthwise, EveryWidthAgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t kernel : {3, 5})
      for (const std::int64_t stride : {1, 2})
        for (std::int64_t width = 1; width <= 70; ++width)
          for (const std::int64_t height : {1, 3}) {
            DepthwiseShape s;
            s.batch = 1;
            s.height = height;
            s.width = width;
            s.channels = width == 1 || width == 70 ? 48 : 16;
            s.kernel = kernel;
            s.stride = stride;
            s.pad_top = s.pad_left = (kernel - stride) / 2;
            s.out_height = (s.height + stride - 1) / stride;
            s.out_width = (s.width + stride - 1) / stride;
            check_depthwise<float>(s, isa, 1e-5);
            check_depthwise<Bf16>(s, isa, 4e-3);
          }
}

TEST(Depthwise, UnknownFormsAreNamedAsSuch) {
  DepthwiseShape s;
  s.channels = 24;
  s.out_height = s.out_width = 1;
  EXPECT_FALSE(has_depthwise_kernel(s));
  s.channels = 32;
  EXPECT_TRUE(has_depthwise_kernel(s));
  s.kernel = 7;
  EXPECT_FALSE(has_depthwise_kernel(s));
  s.kernel = 3;
  s.stride = 3;
  EXPECT_FALSE(has_depthwise_kernel(s));
}

TEST(Depthwise, Bf16RoundsToTheNearestAndKeepsNan) {
  DepthwiseShape s;
  s.batch = s.height = s.width = s.out_height = s.out_width = 1;
  s.channels = 16;
  s.pad_top = s.pad_left = 1;
  Numbers weights(9 * 16, 0.0F);
  std::vector<Bf16> x(16, to_bf16(1)), y(16);
  const float steps[] = {1.0F, 1.0F + 1.0F / 256, 1.0F + 3.0F / 256, std::nanf(""), INFINITY, -2.0F};
  for (std::size_t c = 0; c < 6; ++c) weights[4 * 16 + c] = steps[c];
  for (const std::string& isa : instruction_sets_here()) {
    depthwise_kernels<Bf16>(isa.c_str()).forward(s, x.data(), weights.data(), y.data(), 0, 1);
    EXPECT_EQ(to_float(y[0]), 1.0F);
    EXPECT_EQ(to_float(y[1]), 1.0F);              // a tie goes to the even one below
    EXPECT_EQ(to_float(y[2]), 1.0F + 1.0F / 64);  // and to the even one above
    EXPECT_TRUE(std::isnan(to_float(y[3])));
    EXPECT_EQ(to_float(y[4]), INFINITY);
    EXPECT_EQ(to_float(y[5]), -2.0F);
  }
}

}  // namespace
}  // namespace lanet
