#pragma once

#include <string>

#include "model/weights.hpp"

namespace lanet {

/// Exponential moving average of a network's weights and batch statistics over the steps of a stage (Polyak and
/// Juditsky 1992; Izmailov et al. 2018). Early on the decay is (1 + step) / (10 + step) where that is smaller, so that
/// the start is soon forgotten.
class WeightAverage {
 public:
  /// Begins with the network's present numbers. decay in (0, 1).
  WeightAverage(const torch::nn::Module& network, double decay);

  /// After each step.
  void update(const torch::nn::Module& network);
  /// Exchanges the network's numbers with the averaged ones; a second call undoes it.
  void swap(torch::nn::Module& network);

  /// The averaged tensors and "steps": everything a checkpoint needs.
  NamedTensors state() const;
  /// Inverse. Throws DataError naming the first missing or misshapen tensor.
  void load_state(const NamedTensors& state, const std::string& place);

 private:
  NamedTensors average_;
  torch::Tensor steps_;  // [] int64
  double decay_;
};

}  // namespace lanet
