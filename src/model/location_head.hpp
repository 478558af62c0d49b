#pragma once

#include <array>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "model/cbam.hpp"
#include "modelfile/network_options.hpp"

namespace lanet {

/// What turns the feature levels into a lesion mask: CBAM at every level, then what the deriving class makes of it.
class LocationHead : public torch::nn::Module {
 public:
  /// Of the levels `lowest` (0 is f_1) to f_4; lower ones are not looked at.
  LocationHead(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels, std::size_t lowest);
  /// features: f_1 .. f_4. Returns [B, 1, S, S], logits, S the grid of level `mask_level`.
  virtual torch::Tensor forward(const std::vector<torch::Tensor>& features) = 0;
  /// Sets what the last layer adds (and scales by), so that the mask starts at probability `prior` with logits of
  /// spread `gain`, as far as the head has such a number.
  virtual void start_mask_at(double prior, double gain) = 0;

 protected:
  /// CBAM of one level, as far as the options have it.
  torch::Tensor attended(const std::vector<torch::Tensor>& features, std::size_t level);

  NetworkOptions options_;

 private:
  std::size_t lowest_;
  std::vector<ChannelAttention> channel_attention_;
  std::vector<SpatialAttention> spatial_attention_;  // one per level from the lowest, or one for all
};

/// The head that `options.head` names; null for those without CBAM (vanilla, rmtl).
std::shared_ptr<LocationHead> make_location_head(const NetworkOptions& options,
                                                 const std::array<std::int64_t, 4>& channels);

}  // namespace lanet
