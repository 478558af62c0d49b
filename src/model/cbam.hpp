#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace lanet {

/// Channel attention module (CAM): f * sigmoid(MLP(average of f) + MLP(maximum of f)), MLP C -> max(1, C/16) -> C with
/// ReLU.
class ChannelAttentionImpl : public torch::nn::Module {
 public:
  explicit ChannelAttentionImpl(std::int64_t channels);
  /// [B, C, S, S] to the same shape.
  torch::Tensor forward(const torch::Tensor& f);

 private:
  torch::nn::Linear reduce_{nullptr};
  torch::nn::Linear expand_{nullptr};
};
TORCH_MODULE(ChannelAttention);

/// Spatial attention module (SAM): f * sigmoid(g([channel maximum, channel mean])). g is conv 7x7 and BN ("conv7",
/// paper) or three 3x3 convolutions 2 -> 8 -> 8 -> 1, each with BN, ReLU between ("conv3x3x3", code). BN momentum 0.01.
class SpatialAttentionImpl : public torch::nn::Module {
 public:
  explicit SpatialAttentionImpl(const std::string& form);
  /// [B, C, S, S] to the same shape.
  torch::Tensor forward(const torch::Tensor& f);

 private:
  std::vector<torch::nn::Conv2d> convolutions_;
  std::vector<torch::nn::BatchNorm2d> norms_;
};
TORCH_MODULE(SpatialAttention);

}  // namespace lanet
