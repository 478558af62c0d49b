#pragma once

#include "model/location_head.hpp"

namespace lanet {

/// Decoder of U-Net (Ronneberger et al. 2015) over the backbone's levels, the baseline for location alone: from f_4
/// upwards the coarser map is doubled (bilinear), put beside the next level and convolved twice, to the grid of level
/// `mask_level`. No attention.
class UNet : public LocationHead {
 public:
  UNet(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels);
  torch::Tensor forward(const std::vector<torch::Tensor>& features) override;
  /// By the bias of the last convolution; it has no gain.
  void start_mask_at(double prior, double gain) override;

 private:
  std::vector<torch::nn::Conv2d> convolutions_;  // two a level
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Conv2d mask_{nullptr};
};

}  // namespace lanet
