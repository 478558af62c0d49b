#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "model/list_runner.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// What a network says of a batch. Logits throughout; probabilities are made where they are needed.
struct NetworkOutput {
  torch::Tensor class_logits;           // [B, K]
  torch::Tensor mask_logits;            // [B, 1, S, S]; undefined for the vanilla head
  std::vector<torch::Tensor> features;  // f_1 .. f_4, [B, C_i, S_i, S_i]
};

/// network_list() as a module. Children: "fex", that of the location head ("la_net", "rmtl"), "classifier".
class NetworkImpl : public torch::nn::Module {
 public:
  /// Weights as NetworkOptions::init says. Throws ConfigError.
  NetworkImpl(const NetworkOptions& options, std::int64_t classes);
  /// images: [B, 1, H, W] in [0, 1], H and W multiples of 32.
  NetworkOutput forward(const torch::Tensor& images);
  /// f_1 .. f_4 of what the stem takes: [B, stem_channels, H, W], scaled.
  std::vector<torch::Tensor> features_of(const torch::Tensor& stem_input);
  const NetworkOptions& options() const { return options_; }
  std::int64_t classes() const { return classes_; }
  bool has_location_head() const { return runner_.list().mask_logits.has_value(); }
  torch::nn::Module& backbone();

 private:
  void initialize();

  NetworkOptions options_;
  std::int64_t classes_;
  ListRunner runner_;
};
TORCH_MODULE(Network);

/// Lays the weights of all convolutions out as the fast kernels want them (channels last); the numbers stay.
void use_channels_last(torch::nn::Module& module);

}  // namespace lanet
