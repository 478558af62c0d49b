#pragma once

#include "model/location_head.hpp"

namespace lanet {

/// Not of the paper: CBAM at every level like LA-Net, then a top-down pyramid (Lin et al. 2017) of `pyramid_width`
/// channels in place of one channel per level. From f_4 down to `mask_level`:
/// x = ReLU(BN(conv3x3(conv1x1(attended f_i) + x enlarged to its grid))); mask logits = conv3x3(x).
class Pyramid : public LocationHead {
 public:
  Pyramid(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels);
  torch::Tensor forward(const std::vector<torch::Tensor>& features) override;
  /// By the last convolution's bias; its weights, and with them the spread, stay.
  void start_mask_at(double prior, double gain) override;

 private:
  std::vector<torch::nn::Conv2d> lateral_, smooth_;  // from f_4 down
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Conv2d mask_{nullptr};
};

}  // namespace lanet
