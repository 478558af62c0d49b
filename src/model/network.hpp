#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "model/backbone.hpp"
#include "model/location_head.hpp"
#include "model/rmtl.hpp"
#include "modelfile/network_options.hpp"

namespace lanet {

/// What a network says of a batch. Logits throughout; probabilities are made where they are needed.
struct NetworkOutput {
  torch::Tensor class_logits;           // [B, K]
  torch::Tensor mask_logits;            // [B, 1, S, S]; undefined for the vanilla head
  std::vector<torch::Tensor> features;  // f_1 .. f_4, [B, C_i, S_i, S_i]
};

/// FEX + location head + mask attention + classifier (Eqs. 1-4), as the options say. Children: "fex", "la_net" (also
/// the pyramid) or "rmtl", "classifier".
class NetworkImpl : public torch::nn::Module {
 public:
  NetworkImpl(const NetworkOptions& options, std::int64_t classes);
  /// images: [B, 1, H, W] in [0, 1], H and W multiples of 32.
  NetworkOutput forward(const torch::Tensor& images);
  const NetworkOptions& options() const { return options_; }
  std::int64_t classes() const { return classes_; }
  bool has_location_head() const { return options_.head != "vanilla"; }
  Backbone& backbone() { return *fex_; }

 private:
  void initialize();
  torch::Tensor scaled(const torch::Tensor& images) const;

  NetworkOptions options_;
  std::int64_t classes_;
  std::shared_ptr<Backbone> fex_;
  std::shared_ptr<LocationHead> la_net_;
  RmtlDecoder rmtl_{nullptr};
  torch::nn::Linear classifier_{nullptr};
};
TORCH_MODULE(Network);

/// Lays the weights of all convolutions out as the fast kernels want them (channels last); the numbers stay.
void use_channels_last(torch::nn::Module& module);

}  // namespace lanet
