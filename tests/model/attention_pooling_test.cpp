// Our pooling for CAM and SAM against LibTorch's, values and gradients.
#include "model/attention_pooling.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "model/gradients.hpp"

namespace lanet {
namespace {

torch::Tensor ours_over_pixels(const torch::Tensor& f) {
  const PooledPixels pooled = pool_pixels(f);
  return torch::cat({pooled.mean, pooled.largest}, 1);
}
torch::Tensor theirs_over_pixels(const torch::Tensor& f) { return torch::cat({f.mean({2, 3}), f.amax({2, 3})}, 1); }
torch::Tensor theirs_over_channels(const torch::Tensor& f) {
  return torch::cat({f.amax(1, /*keepdim=*/true), f.mean(1, /*keepdim=*/true)}, 1);
}

/// relu: without and with an activation before, after which many of a channel are the largest.
void compare(std::int64_t channels, bool relu, torch::ScalarType type) {
  torch::manual_seed(1);
  torch::Tensor x = torch::randn({2, channels, 6, 5}).contiguous(torch::MemoryFormat::ChannelsLast);
  if (relu) x = torch::minimum(x, torch::zeros({})).round();
  const auto check = [&](const auto& ours, const auto& theirs) {
    const torch::Tensor unused = torch::ones({1});
    const torch::Tensor direction = torch::randn_like(theirs(x));
    const auto run = [&](const auto& pooled, torch::ScalarType as) {
      return with_gradients(x, unused, direction, as,
                            [&](const torch::Tensor& f, const torch::Tensor& w) { return pooled(f) * w; });
    };
    const Result got = run(ours, type), wanted = run(theirs, torch::kFloat32);
    const double tolerance = type == torch::kFloat32 ? 1e-5 : 1e-2;
    EXPECT_LT(distance(got.y, wanted.y), tolerance) << channels << relu;
    if (type == torch::kFloat32 || relu) {  // rounding to bf16 moves the largest
      EXPECT_LT(distance(got.grad_x, wanted.grad_x), tolerance) << channels << relu;
    }
  };
  check(ours_over_pixels, theirs_over_pixels);
  check(pool_channels, theirs_over_channels);
}

TEST(AttentionPooling, ValuesAndGradientsAreLibTorchs) {
  for (const auto type : {torch::kFloat32, torch::kBFloat16})
    for (const std::int64_t channels : {8, 24, 64})
      for (const bool relu : {false, true}) compare(channels, relu, type);
}

TEST(AttentionPooling, OtherChannelsAndTypesGoToLibTorch) {
  compare(12, false, torch::kFloat32);
  const torch::Tensor x = torch::randn({1, 8, 2, 2}, torch::kFloat64);
  EXPECT_TRUE(torch::equal(pool_channels(x), theirs_over_channels(x)));
}

TEST(AttentionPooling, TwoLargestShareTheGradient) {
  const torch::Tensor x = torch::zeros({1, 8, 1, 4}).contiguous(torch::MemoryFormat::ChannelsLast);
  x[0][0] = torch::tensor({{1.0F, 3.0F, 3.0F, 2.0F}});
  const torch::Tensor leaf = x.clone().requires_grad_(true);
  pool_pixels(leaf).largest[0][0].backward();
  EXPECT_TRUE(torch::equal(leaf.grad()[0][0], torch::tensor({{0.0F, 0.5F, 0.5F, 0.0F}})));
}

}  // namespace
}  // namespace lanet
