#pragma once

#include <array>
#include <vector>

#include <torch/torch.h>

#include "model/cbam.hpp"
#include "model/network_options.hpp"

namespace lanet {

/// Lesion-aware network (Eqs. 1, 2): CBAM and a squeeze to one channel per level, all levels resized to the grid of
/// level `mask_level`, concatenated and fused to the logits of P(Y_pixel).
class LaNetImpl : public torch::nn::Module {
 public:
  LaNetImpl(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels);
  /// features: f_1 .. f_4. Returns [B, 1, S, S], logits, S the grid of level `mask_level`.
  torch::Tensor forward(const std::vector<torch::Tensor>& features);
  /// Scale and shift of the last batch normalization, so that the mask starts at probability `prior` with logits of
  /// spread `gain`.
  void start_mask_at(double prior, double gain);

 private:
  NetworkOptions options_;
  std::vector<ChannelAttention> channel_attention_;
  std::vector<SpatialAttention> spatial_attention_;  // one per level, or one for all
  std::vector<torch::nn::Conv2d> squeeze_;
  torch::nn::Conv2d fusion_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(LaNet);

}  // namespace lanet
