// Our depthwise convolution against LibTorch's, values and gradients.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "model/depthwise_convolution.hpp"
#include "model/gradients.hpp"

namespace lanet {
namespace {

TEST(DepthwiseConvolution, ValuesAndGradientsAreLibTorchs) {
  torch::manual_seed(1);
  for (const std::int64_t kernel : {3, 5})
    for (const std::int64_t stride : {1, 2}) {
      const auto x = torch::randn({3, 48, 18, 22}), weight = torch::randn({48, 1, kernel, kernel});
      const std::int64_t all = kernel - stride;  // as TensorFlow pads even sizes: an odd one at the end
      const ConvolutionFrame frame{all / 2, all / 2, 18 / stride, 22 / stride};
      const auto direction = torch::randn({3, 48, frame.out_height, frame.out_width});
      const auto theirs = with_gradients(x, weight, direction, torch::kFloat32, [&](const auto& input, const auto& w) {
        const std::int64_t low = all / 2, high = all - all / 2;
        const std::vector<std::int64_t> strides{stride, stride}, none{0, 0}, one{1, 1};
        return torch::conv2d(torch::constant_pad_nd(input, {low, high, low, high}), w, torch::Tensor(), strides, none,
                             one, 48);
      });
      for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
        const auto ours = with_gradients(x, weight, direction, type, [&](const auto& input, const auto& w) {
          return depthwise_convolution(input, w, stride, frame).value();
        });
        const double tolerance = type == torch::kFloat32 ? 1e-5 : 1e-2;
        EXPECT_LT(distance(ours.y, theirs.y), tolerance) << kernel << " " << stride;
        EXPECT_LT(distance(ours.grad_x, theirs.grad_x), tolerance) << kernel << " " << stride;
        EXPECT_LT(distance(ours.grad_weight, theirs.grad_weight), tolerance) << kernel << " " << stride;
      }
    }
}

TEST(DepthwiseConvolution, DoesNotDependOnThreads) {
  torch::manual_seed(1);
  const auto x = torch::randn({4, 32, 16, 16}), weight = torch::randn({32, 1, 3, 3});
  const auto direction = torch::randn({4, 32, 16, 16});
  const auto run = [&](int threads) {
    torch::set_num_threads(threads);
    const Result result = with_gradients(x, weight, direction, torch::kFloat32, [](const auto& input, const auto& w) {
      return depthwise_convolution(input, w, 1, {1, 1, 16, 16}).value();
    });
    return torch::cat({result.y.flatten(), result.grad_x.flatten(), result.grad_weight.flatten()});
  };
  const auto one = run(1);
  EXPECT_TRUE(torch::equal(run(3), one));
  torch::set_num_threads(1);
}

TEST(DepthwiseConvolution, LeavesToLibTorchWhatItDoesNotKnow) {
  const auto weight = torch::ones({24, 1, 3, 3});
  EXPECT_FALSE(depthwise_convolution(torch::ones({1, 24, 8, 8}), weight, 1, {1, 1, 8, 8}));  // 24 channels
  const auto weight32 = torch::ones({32, 1, 3, 3});
  EXPECT_FALSE(depthwise_convolution(torch::ones({1, 32, 8, 8}, torch::kFloat64), weight32, 1, {1, 1, 8, 8}));
  EXPECT_TRUE(depthwise_convolution(torch::ones({1, 32, 8, 8}), weight32, 1, {1, 1, 8, 8}));
}

}  // namespace
}  // namespace lanet
