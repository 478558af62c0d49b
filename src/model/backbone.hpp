#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "modelfile/network_options.hpp"

namespace lanet {

/// Shared feature extractor (FEX).
class Backbone : public torch::nn::Module {
 public:
  /// x: [B, stem_channels, H, W], scaled. Returns f_1 .. f_4: [B, C_i, H/4 .. H/32, W/4 .. W/32].
  virtual std::vector<torch::Tensor> forward(torch::Tensor x) = 0;
  /// C_1 .. C_4.
  virtual std::array<std::int64_t, 4> channels() const = 0;
};

/// One row of the list of all backbones, named as in backbone_names().
struct BackboneEntry {
  std::string name;
  std::shared_ptr<Backbone> (*make)(std::int64_t stem_channels);
  std::string stem_weight;  // name of the first convolution's weight
};

const std::vector<BackboneEntry>& backbones();
/// Throws ConfigError naming the nearest known one.
const BackboneEntry& find_backbone(const std::string& name);

}  // namespace lanet
