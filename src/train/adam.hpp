#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "model/weights.hpp"
#include "train/options.hpp"

namespace lanet {

/// Adam in one pass over the memory (ATen's fused kernel); the same numbers as torch::optim::Adam up to rounding.
class Adam {
 public:
  /// parameters: leaves that require gradients, with their names.
  Adam(NamedTensors parameters, const AdamOptions& options);

  void zero_grad();
  /// A parameter without gradient (a head that the stage does not use) is left as it is.
  void step(double learning_rate);

  /// Moments and step counts as NAME.exp_avg, NAME.exp_avg_sq, NAME.step: everything a checkpoint needs.
  NamedTensors state() const;
  /// Inverse. Throws DataError naming the first missing or misshapen tensor.
  void load_state(const NamedTensors& state, const std::string& place);

 private:
  void step_group(double learning_rate, bool backbone);

  NamedTensors parameters_;
  AdamOptions options_;
  std::vector<torch::Tensor> exp_avg_;
  std::vector<torch::Tensor> exp_avg_sq_;
  std::vector<torch::Tensor> steps_;  // float scalars, as the kernel wants them
};

/// Learning rate of step `step` (0-based) of `steps`.
double learning_rate_at(const ScheduleOptions& options, std::int64_t step, std::int64_t steps);

}  // namespace lanet
