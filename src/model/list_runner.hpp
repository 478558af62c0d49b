#pragma once

#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "network/network_list.hpp"

namespace lanet {

/// Computes a network's list with LibTorch: every layer is a module, every operation a step with a gradient.
class ListRunner {
 public:
  /// Registers the layers in `root`, nested as the dots of their names say, in the list's order; children whose names
  /// are numbers by their number. Weights are as LibTorch's modules begin.
  ListRunner(const NetworkList& list, torch::nn::Module& root);

  /// The list as it is run: normalizations are one step with what follows them.
  const NetworkList& list() const { return list_; }

  /// The features, mask logits and class logits of the list; a value that none of them needs is not computed, and all
  /// others are undefined. given: [B, C, H, W], of all inputs, or of other
  /// values that then are not computed. until: nothing after this value is computed.
  std::vector<torch::Tensor> run(const std::map<ValueId, torch::Tensor>& given, ValueId until);

 private:
  /// The module of a layer: the one of its kind.
  struct LayerModule {
    torch::nn::Conv2d convolution{nullptr};
    torch::nn::ConvTranspose2d transposed{nullptr};
    torch::nn::BatchNorm2d norm{nullptr};
    torch::nn::Linear linear{nullptr};
  };
  class Run;

  NetworkList list_;
  std::vector<LayerModule> modules_;
  std::vector<std::vector<ValueId>> last_uses_;
  std::vector<bool> needed_;  // by features, mask logits or class logits
};

}  // namespace lanet
