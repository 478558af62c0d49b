#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "model/weights.hpp"
#include "train/options.hpp"

namespace lanet {

/// Parameters that learn at one rate: this much of the schedule's.
struct ParameterGroup {
  NamedTensors parameters;  // leaves that require gradients
  double rate = 1;
};

/// Adam in one pass over the memory (ATen's fused kernel); the same numbers as torch::optim::Adam up to rounding.
class Adam {
 public:
  /// Each parameter in one group, with a name of its own.
  Adam(std::vector<ParameterGroup> groups, const AdamOptions& options);

  void zero_grad();
  /// A parameter without gradient (a head that the stage does not use) is left as it is.
  void step(double learning_rate);

  /// Moments and step counts as NAME.exp_avg, NAME.exp_avg_sq, NAME.step: everything a checkpoint needs.
  NamedTensors state() const;
  /// Inverse. Throws DataError naming the first missing or misshapen tensor.
  void load_state(const NamedTensors& state, const std::string& place);

 private:
  /// A parameter with what is kept of it.
  struct Moments {
    std::string name;
    torch::Tensor parameter, exp_avg, exp_avg_sq;
    torch::Tensor step;  // float scalar, as the kernel wants it
  };
  struct Group {
    std::vector<Moments> members;
    double rate = 1;
  };
  void step_group(const Group& group, double learning_rate);

  std::vector<Group> groups_;
  AdamOptions options_;
};

/// Learning rate of step `step` (0-based) of `steps`.
double learning_rate_at(const ScheduleOptions& options, std::int64_t step, std::int64_t steps);

}  // namespace lanet
