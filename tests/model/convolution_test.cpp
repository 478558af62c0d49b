// Our ways to compute some convolutions against LibTorch's, values and gradients.
#include "model/convolution.hpp"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include "model/gradients.hpp"
#include "model/stem_convolution.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

/// As in a training step in bf16.
struct Bf16Scope {
  explicit Bf16Scope(bool on) {
    at::autocast::set_autocast_enabled(torch::kCPU, on);
    at::autocast::set_autocast_dtype(torch::kCPU, torch::kBFloat16);
  }
  ~Bf16Scope() {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(torch::kCPU, false);
  }
};

/// Values and gradients of a layer with this weight, as `run` computes it.
Result of_layer(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                const torch::Tensor& direction, torch::ScalarType type,
                const std::function<torch::Tensor(nn::Conv2d&, const torch::Tensor&)>& run) {
  return with_gradients(x, weight, direction, type, [&](const torch::Tensor& input, const torch::Tensor& w) {
    const std::int64_t kernel = w.size(2);
    nn::Conv2d layer(nn::Conv2dOptions(w.size(1), w.size(0), kernel).stride(stride).padding(kernel / 2).bias(false));
    layer->weight = w;
    return run(layer, input);
  });
}

torch::Tensor as_libtorch(nn::Conv2d& layer, const torch::Tensor& x) {
  return torch::conv2d(x, layer->weight, {}, (*layer->options.stride())[0], layer->weight.size(2) / 2);
}

TEST(Convolution, GradientByMatrixProductIsLibTorchs) {
  torch::manual_seed(1);
  for (const std::int64_t stride : {1, 2}) {
    const std::int64_t rows = 8, columns = 6;
    const auto x = torch::randn({3, 16, rows * stride, columns * stride}), weight = torch::randn({24, 16, 3, 3});
    const auto direction = torch::randn({3, 24, rows, columns});
    const auto theirs = of_layer(x, weight, stride, direction, torch::kFloat32, as_libtorch);
    const auto ours = of_layer(x, weight, stride, direction, torch::kBFloat16, convolve);
    EXPECT_LT(distance(ours.y, theirs.y), 1e-2) << stride;
    EXPECT_LT(distance(ours.grad_x, theirs.grad_x), 1e-2) << stride;
    EXPECT_LT(distance(ours.grad_weight, theirs.grad_weight), 1e-2) << stride;
    // In fp32 it is LibTorch's own.
    EXPECT_TRUE(torch::equal(of_layer(x, weight, stride, direction, torch::kFloat32, convolve).grad_weight,
                             theirs.grad_weight));
  }
}

TEST(Convolution, OddSizesWithAStrideKeepTheirLastRow) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 16, 7, 9}), weight = torch::randn({16, 16, 3, 3});
  const auto direction = torch::randn({2, 16, 4, 5});
  const auto theirs = of_layer(x, weight, 2, direction, torch::kFloat32, as_libtorch);
  const auto ours = of_layer(x, weight, 2, direction, torch::kBFloat16, convolve);
  EXPECT_LT(distance(ours.y, theirs.y), 1e-2);
  EXPECT_LT(distance(ours.grad_weight, theirs.grad_weight), 1e-2);
}

TEST(Squeeze, ValuesAndGradientsAreLibTorchs) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 20, 9, 7}), weight = torch::randn({1, 20, 3, 3}),
             direction = torch::randn({2, 1, 9, 7});
  const auto theirs = of_layer(x, weight, 1, direction, torch::kFloat32, as_libtorch);
  const auto ours = of_layer(x, weight, 1, direction, torch::kFloat32, squeeze);
  EXPECT_LT(distance(ours.y, theirs.y), 1e-5);
  EXPECT_LT(distance(ours.grad_x, theirs.grad_x), 1e-5);
  EXPECT_LT(distance(ours.grad_weight, theirs.grad_weight), 1e-5);
}

TEST(Squeeze, OneByOneImagesAndABias) {
  nn::Conv2d layer(nn::Conv2dOptions(2, 1, 3).padding(1));
  {
    const torch::NoGradGuard no_gradient;
    layer->weight.zero_();
    layer->weight[0][0][1][1] = 2;  // the middle taps alone meet a pixel without neighbours
    layer->weight[0][1][1][1] = 3;
    layer->bias.fill_(0.5);
  }
  const auto y = squeeze(layer, torch::tensor({10.0F, 100.0F}).view({1, 2, 1, 1}));
  EXPECT_FLOAT_EQ(y.item<float>(), 320.5F);
}

TEST(StemConvolution, ValuesAndGradientsAreLibTorchs) {
  torch::manual_seed(1);
  for (const std::int64_t kernel : {3, 7})
    for (const std::int64_t channels : {1, 3}) {
      const auto grey = torch::rand({2, 1, 20, 26});
      const auto x = grey.expand({-1, channels, -1, -1});
      const auto weight = torch::randn({64, channels, kernel, kernel}), direction = torch::randn({2, 64, 10, 13});
      const std::int64_t all = kernel - 2, low = all / 2, high = all - low;  // an odd one at the end
      const auto run = [&](const std::function<torch::Tensor(const torch::Tensor&)>& convolved) {
        const auto leaf = weight.clone().requires_grad_(true);
        const torch::Tensor y = convolved(leaf);
        (y.to(torch::kFloat32) * direction).sum().backward();
        return std::pair(y.detach().to(torch::kFloat32), leaf.grad());
      };
      const auto theirs = run([&](const torch::Tensor& w) {
        return torch::conv2d(torch::constant_pad_nd(x, {low, high, low, high}), w, {}, 2);
      });
      for (const bool bf16 : {false, true}) {
        const auto ours = run([&](const torch::Tensor& w) {
          const Bf16Scope scope(bf16);
          return stem_convolution(x, w, 2, {low, low, 10, 13}).value();
        });
        const double tolerance = bf16 ? 1e-2 : 1e-5;
        EXPECT_LT(distance(ours.first, theirs.first), tolerance) << kernel << " " << channels << " " << bf16;
        EXPECT_LT(distance(ours.second, theirs.second), tolerance) << kernel << " " << channels << " " << bf16;
      }
    }
}

TEST(StemConvolution, LeavesToLibTorchWhatItDoesNotKnow) {
  const auto weight = torch::ones({64, 3, 7, 7});
  const auto grey = torch::rand({1, 1, 16, 16});
  const ConvolutionFrame frame{3, 3, 8, 8};
  EXPECT_TRUE(stem_convolution(grey.expand({-1, 3, -1, -1}), weight, 2, frame));
  EXPECT_FALSE(stem_convolution(torch::rand({1, 3, 16, 16}), weight, 2, frame));  // channels that may differ
  EXPECT_FALSE(stem_convolution(grey.clone().requires_grad_(true).expand({-1, 3, -1, -1}), weight, 2, frame));
  EXPECT_FALSE(stem_convolution(grey.to(torch::kFloat64).expand({-1, 3, -1, -1}), weight, 2, frame));
}

}  // namespace
}  // namespace lanet
