#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "network/network_builder.hpp"

namespace lanet {

/// What the ImageNet weights of a backbone expect: (x - mean) / deviation of RGB in [0, 1].
struct InputScaling {
  std::array<double, 3> mean;
  std::array<double, 3> deviation;

  /// One mean and one deviation for all channels: a grey image may then go through a folded stem.
  bool is_uniform() const;
};

/// A feature extractor: one row of the list of all. A new one is its architecture and a row.
struct Backbone {
  const char* name;   // as in network.backbone
  const char* title;  // as in figures
  InputScaling scaling;
  const char* stem;  // the layer that sees the image
  /// Writes it down. Names of its layers are those of its published weights.
  Features (*build)(NetworkBuilder& builder, ValueId image);
};

const std::vector<Backbone>& backbones();
std::vector<std::string> backbone_names();
/// Throws ConfigError naming the nearest known backbone.
const Backbone& find_backbone(const std::string& name);

/// Every tensor of a backbone's layers, as its published weights name them.
std::vector<LayerTensor> backbone_tensors(const Backbone& backbone, std::int64_t channels);

/// A backbone alone, for images of `channels` channels (1 or 3): `image`, `stem_input` and `features` are set.
NetworkList backbone_list(const Backbone& backbone, std::int64_t channels);

}  // namespace lanet
