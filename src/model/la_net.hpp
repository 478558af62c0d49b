#pragma once

#include "model/location_head.hpp"

namespace lanet {

/// Lesion-aware network (Eqs. 1, 2): CBAM and a squeeze to one channel per level, all levels resized to the grid of
/// level `mask_level`, concatenated and fused to the logits of P(Y_pixel).
class LaNet : public LocationHead {
 public:
  LaNet(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels);
  torch::Tensor forward(const std::vector<torch::Tensor>& features) override;
  /// By scale and shift of the last batch normalization.
  void start_mask_at(double prior, double gain) override;

 private:
  std::vector<torch::nn::Conv2d> squeeze_;
  torch::nn::Conv2d fusion_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

}  // namespace lanet
