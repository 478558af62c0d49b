#include "kernel/norm.hpp"

#include <gtest/gtest.h>

#include "kernel/numbers.hpp"

namespace lanet {
namespace {

/// Of numbers as the kernel sees them.
template <class Number>
std::vector<double> doubles(const std::vector<Number>& numbers) {
  std::vector<double> values;
  for (const Number number : numbers) values.push_back(to_float(number));
  return values;
}

double activated(double z, Activation activation) {
  if (activation == Activation::kNone) return z;
  return std::min(std::max(z, 0.0), activation == Activation::kRelu6 ? 6.0 : INFINITY);
}

template <class Number>
void check_norm(const std::string& isa, std::int64_t channels, std::int64_t rows, Activation activation, bool adds) {
  const NormKernels<Number>& kernels = norm_kernels<Number>(isa.c_str());
  const std::string what = isa + " " + std::to_string(channels) + " x " + std::to_string(rows) + " activation " +
                           std::to_string(static_cast<int>(activation));
  const std::int64_t count = rows * channels;
  const auto x = converted<Number>(random_numbers(count, 1)), residual = converted<Number>(random_numbers(count, 2)),
             grad_y = converted<Number>(random_numbers(count, 3));
  Numbers scale = random_numbers(channels, 4);
  for (float& value : scale) value *= 12;  // so that some results lie above 6
  const Numbers shift = random_numbers(channels, 5), mean = random_numbers(channels, 6),
                constant = random_numbers(channels, 7);
  const auto xs = doubles(x), residuals = doubles(residual), grads = doubles(grad_y);
  const double tolerance = sizeof(Number) == 2 ? 8e-3 : 1e-5;
  const auto sums_of = [&] { return Numbers(static_cast<std::size_t>(channels), -7.0F); };
  const auto n = static_cast<std::size_t>(channels);

  Numbers sums = sums_of(), squares = sums_of();
  kernels.moments(x.data(), channels, 0, rows, sums.data(), squares.data());
  std::vector<double> sums_wanted(n), squares_wanted(n);
  for (std::size_t at = 0; at < xs.size(); ++at) {
    const double offset = xs[at] - xs[at % n];
    sums_wanted[at % n] += offset;
    squares_wanted[at % n] += offset * offset;
  }
  expect_near(sums, sums_wanted, 1e-5, what + " sums");
  expect_near(squares, squares_wanted, 1e-5, what + " squares");

  std::vector<Number> y(x.size());
  const std::int64_t half = rows / 2;  // in two parts, as two threads would
  for (const auto& [first, last] : {std::pair{std::int64_t{0}, half}, std::pair{half, rows}})
    kernels.apply(x.data(), adds ? residual.data() : nullptr, scale.data(), shift.data(), activation, y.data(),
                  channels, first, last);
  std::vector<double> y_wanted(x.size());
  for (std::size_t at = 0; at < xs.size(); ++at)
    y_wanted[at] = activated(xs[at] * scale[at % n] + shift[at % n] + (adds ? residuals[at] : 0), activation);
  expect_near(y, y_wanted, tolerance, what + " y");

  const auto ys = doubles(y);
  std::vector<double> g(x.size()), grad_wanted(x.size()), g_sums(n), products_wanted(n);
  for (std::size_t at = 0; at < xs.size(); ++at) {
    const bool passes =
        activation == Activation::kNone || (ys[at] > 0 && (activation == Activation::kRelu || ys[at] < 6));
    g[at] = passes ? grads[at] : 0;
    grad_wanted[at] = scale[at % n] * g[at] + mean[at % n] * xs[at] + constant[at % n];
    g_sums[at % n] += g[at];
    products_wanted[at % n] += g[at] * (xs[at] - mean[at % n]);
  }
  Numbers got_sums = sums_of(), products = sums_of();
  kernels.backward_sums(x.data(), y.data(), grad_y.data(), mean.data(), activation, channels, 0, rows, got_sums.data(),
                        products.data());
  expect_near(got_sums, g_sums, 1e-5, what + " sums of g");
  expect_near(products, products_wanted, 1e-5, what + " products");
  std::vector<Number> grad_x(x.size()), grad_residual(x.size());
  kernels.backward_apply(x.data(), y.data(), grad_y.data(), scale.data(), mean.data(), constant.data(), activation,
                         grad_x.data(), adds ? grad_residual.data() : nullptr, channels, 0, rows);
  expect_near(grad_x, grad_wanted, tolerance, what + " grad x");
  if (adds) expect_near(grad_residual, g, 1e-6, what + " grad residual");
}

TEST(Norm, AgreesWithTheDefinition) {
  for (const std::string& isa : instruction_sets_here())
    for (const std::int64_t channels : {8, 16, 24, 40, 320})
      for (const std::int64_t rows : {1, 2, 7, 70})
        for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6})
          for (const bool adds : {false, true}) {
            check_norm<float>(isa, channels, rows, activation, adds);
            check_norm<Bf16>(isa, channels, rows, activation, adds);
          }
}

TEST(Norm, NanStaysNan) {
  Numbers x(16, std::nanf("")), y(16), grad(16);
  const Numbers one(16, 1.0F), zero(16, 0.0F);
  for (const std::string& isa : instruction_sets_here())
    for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
      norm_kernels<float>(isa.c_str())
          .apply(x.data(), nullptr, one.data(), zero.data(), activation, y.data(), 16, 0, 1);
      for (const float value : y) EXPECT_TRUE(std::isnan(value)) << isa;
      norm_kernels<float>(isa.c_str())
          .backward_apply(one.data(), y.data(), one.data(), one.data(), zero.data(), zero.data(), activation,
                          grad.data(), nullptr, 16, 0, 1);
      for (const float value : grad) EXPECT_EQ(value, 1.0F) << isa;
    }
}

}  // namespace
}  // namespace lanet
