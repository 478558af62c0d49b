// Batch normalization with what follows it, against LibTorch's separate steps: values, gradients, running statistics.
#include "model/norm_activation.hpp"

#include <gtest/gtest.h>

namespace lanet {
namespace {

namespace nn = torch::nn;

struct Result {
  torch::Tensor y, grad_x, grad_residual, grad_weight, grad_bias, mean, variance;
};

nn::BatchNorm2d make_norm(std::int64_t channels) {
  torch::manual_seed(7);
  nn::BatchNorm2d norm(nn::BatchNorm2dOptions(channels).momentum(0.3));
  const torch::NoGradGuard no_gradient;
  norm->weight.uniform_(0.5, 2);
  norm->bias.uniform_(-1, 1);
  norm->running_mean.uniform_(-1, 1);
  norm->running_var.uniform_(0.5, 2);
  return norm;
}

/// The gradients of sum(y * direction).
template <class Forward>
Result run(const torch::Tensor& x_given, const torch::Tensor& residual_given, torch::ScalarType type,
           const Forward& forward) {
  nn::BatchNorm2d norm = make_norm(x_given.size(1));
  const auto x = x_given.clone().requires_grad_(true);
  const auto residual = residual_given.defined() ? residual_given.clone().requires_grad_(true) : torch::Tensor();
  const auto y = forward(norm, x.to(type), residual.defined() ? residual.to(type) : residual);
  torch::manual_seed(9);
  (y.to(torch::kFloat32) * torch::randn(y.sizes())).sum().backward();
  return {y.detach().to(torch::kFloat32),
          x.grad(),
          residual.defined() ? residual.grad() : torch::zeros({1}),
          norm->weight.grad(),
          norm->bias.grad(),
          norm->running_mean,
          norm->running_var};
}

torch::Tensor reference(nn::BatchNorm2d& norm, const torch::Tensor& x, Activation activation,
                        const torch::Tensor& residual) {
  torch::Tensor y = norm->forward(x);
  if (residual.defined()) y = y + residual;
  if (activation == Activation::kRelu) y = y.relu();
  return activation == Activation::kRelu6 ? torch::relu6(y) : y;
}

void expect_close(const torch::Tensor& got, const torch::Tensor& wanted, double tolerance, const char* what) {
  const double scale = std::max(1e-3, wanted.abs().max().item<double>());
  EXPECT_LT((got - wanted).abs().max().item<double>() / scale, tolerance) << what;
}

TEST(NormActivation, ValuesAndGradientsAreLibTorchs) {
  for (const std::int64_t channels : {8, 24, 64})
    for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6})
      for (const bool adds : {false, true}) {
        torch::manual_seed(channels);
        // Far from 0, where careless sums cancel.
        const auto x = torch::randn({3, channels, 7, 9}) * 2 + 30;
        const auto residual = adds ? torch::randn(x.sizes()) : torch::Tensor();
        const auto wanted = run(x, residual, torch::kFloat32, [&](auto& norm, const auto& input, const auto& other) {
          return reference(norm, input, activation, other);
        });
        const auto got = run(x, residual, torch::kFloat32, [&](auto& norm, const auto& input, const auto& other) {
          return norm_activation(norm, input, activation, other);
        });
        expect_close(got.y, wanted.y, 1e-5, "y");
        expect_close(got.grad_x, wanted.grad_x, 1e-5, "x");
        expect_close(got.grad_residual, wanted.grad_residual, 1e-5, "residual");
        expect_close(got.grad_weight, wanted.grad_weight, 1e-5, "weight");
        expect_close(got.grad_bias, wanted.grad_bias, 1e-5, "bias");
        expect_close(got.mean, wanted.mean, 1e-6, "running mean");
        expect_close(got.variance, wanted.variance, 1e-5, "running variance");
      }
}

TEST(NormActivation, Bf16StaysNearFp32) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 32, 8, 8}), residual = torch::randn({2, 32, 8, 8});
  const auto wanted = run(x, residual, torch::kFloat32, [](auto& norm, const auto& input, const auto& other) {
    return reference(norm, input, Activation::kNone, other);
  });
  const auto got = run(x, residual, torch::kBFloat16, [](auto& norm, const auto& input, const auto& other) {
    const auto y = norm_activation(norm, input, Activation::kNone, other);
    EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
    return y;
  });
  expect_close(got.y, wanted.y, 2e-2, "y");
  expect_close(got.grad_x, wanted.grad_x, 2e-2, "x");
  expect_close(got.grad_weight, wanted.grad_weight, 2e-2, "weight");
}

TEST(NormActivation, EvaluationAndDoubleAreLibTorchsToo) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 16, 5, 5});
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    auto norm = make_norm(16);
    norm->to(type);
    norm->eval();
    const auto input = x.to(type);
    expect_close(norm_activation(norm, input, Activation::kRelu), norm->forward(input).relu(), 1e-6, "eval");
    const torch::NoGradGuard no_gradient;
    expect_close(norm_activation(norm, input, Activation::kRelu), norm->forward(input).relu(), 1e-6, "inference");
  }
}

TEST(NormActivation, DoesNotDependOnThreads) {
  torch::manual_seed(1);
  const auto x = torch::randn({4, 48, 16, 16});
  const auto with_threads = [&](int threads) {
    torch::set_num_threads(threads);
    return run(x, {}, torch::kFloat32, [](auto& norm, const auto& input, const auto& other) {
      return norm_activation(norm, input, Activation::kRelu6, other);
    });
  };
  const Result one = with_threads(1), three = with_threads(3);
  EXPECT_TRUE(torch::equal(one.y, three.y));
  EXPECT_TRUE(torch::equal(one.grad_x, three.grad_x));
  EXPECT_TRUE(torch::equal(one.grad_weight, three.grad_weight));
  torch::set_num_threads(1);
}

}  // namespace
}  // namespace lanet
