#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/settings.hpp"

namespace lanet {

/// Which network is built; every ablation and baseline is a value of one of these (method.md's table, column P is the default).
struct NetworkOptions {
  std::string backbone = "resnet18";
  std::string head = "la_net";
  bool channel_attention = true;
  bool spatial_attention = true;
  bool mask_attention = true;
  std::string spatial_form = "conv7";
  std::string sharing = "per_level";
  std::int64_t mask_level = 4;
  std::string fusion_resize = "bilinear_corners";
  std::string rmtl_decoder = "deconvolution";
  std::string init = "xavier";
  std::string scaling = "zero_one";
  std::int64_t stem_channels = 3;

  void visit(FieldVisitor& visitor);
  /// Every rule, also between fields. Throws ConfigError naming the field.
  void validate() const;
};

/// What a network says of a batch. Logits throughout; probabilities are made where they are needed.
struct NetworkOutput {
  torch::Tensor class_logits;           // [B, K]
  torch::Tensor mask_logits;            // [B, 1, S, S]; undefined for the vanilla head
  std::vector<torch::Tensor> features;  // f_1 .. f_4, [B, C_i, S_i, S_i]
};

/// FEX + location head + mask attention + classifier (Eqs. 1-4), as the options say.
/// Children: "fex", "la_net" or "rmtl", "classifier".
class NetworkImpl : public torch::nn::Module {
 public:
  NetworkImpl(const NetworkOptions& options, std::int64_t classes);
  /// images: [B, 1, H, W] in [0, 1], H and W multiples of 32.
  NetworkOutput forward(const torch::Tensor& images);
  const NetworkOptions& options() const { return options_; }
  std::int64_t classes() const { return classes_; }
  bool has_location_head() const { return options_.head != "vanilla"; }
  // + typed access to fex / la_net for stage 1 (location only) and tests, as the implementation needs

 private:
  NetworkOptions options_;
  std::int64_t classes_;
};
TORCH_MODULE(Network);

/// Side of the mask grid for a square input of `input_size`.
std::int64_t mask_grid_size(const NetworkOptions& options, std::int64_t input_size);

}  // namespace lanet
