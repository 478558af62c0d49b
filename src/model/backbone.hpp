#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

namespace lanet {

/// Shared feature extractor (FEX).
class Backbone : public torch::nn::Module {
 public:
  /// x: [B, stem_channels, H, W], scaled. Returns f_1 .. f_4: [B, C_i, H/4 .. H/32, W/4 .. W/32].
  virtual std::vector<torch::Tensor> forward(torch::Tensor x) = 0;
  /// C_1 .. C_4.
  virtual std::array<std::int64_t, 4> channels() const = 0;
};

/// What the ImageNet weights of a backbone expect: (x - mean) / deviation of RGB in [0, 1].
struct InputScaling {
  std::array<double, 3> mean;
  std::array<double, 3> deviation;

  /// One mean and one deviation for all channels: a grey image may then go through a folded stem.
  bool is_uniform() const;
};

/// One row of the list of all backbones: a new one is a row there.
struct BackboneEntry {
  std::string name;
  std::shared_ptr<Backbone> (*make)(std::int64_t stem_channels);
  InputScaling scaling;
  std::string stem_weight;  // name of the first convolution's weight
};

const std::vector<BackboneEntry>& backbones();
std::vector<std::string> backbone_names();
/// Throws ConfigError naming the nearest known one.
const BackboneEntry& find_backbone(const std::string& name);

}  // namespace lanet
