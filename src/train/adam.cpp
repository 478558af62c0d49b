#include "train/adam.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>

namespace lanet {
namespace {

constexpr double kWarmUpShare = 0.3;
constexpr double kWarmUpDivisor = 25;
constexpr double kFinalDivisor = 1e4;

double cosine_between(double first, double last, double position) {
  return last + (first - last) * (1 + std::cos(std::numbers::pi * position)) / 2;
}

/// All numbers in the order in which memory holds them: the kernel would copy what is not contiguous.
torch::Tensor in_memory_order(const torch::Tensor& tensor) {
  return tensor.is_non_overlapping_and_dense() ? tensor.as_strided({tensor.numel()}, {1}) : tensor;
}

}  // namespace

Adam::Adam(std::vector<ParameterGroup> groups, const AdamOptions& options) : options_(options) {
  for (const ParameterGroup& group : groups) {
    Group& made = groups_.emplace_back();
    made.rate = group.rate;
    for (const auto& [name, parameter] : group.parameters)
      made.members.push_back({name, parameter, torch::zeros_like(parameter), torch::zeros_like(parameter),
                              torch::zeros({}, torch::dtype(torch::kFloat32).device(parameter.device()))});
  }
}

void Adam::zero_grad() {
  for (Group& group : groups_)
    for (Moments& member : group.members) member.parameter.mutable_grad() = torch::Tensor();
}

void Adam::step(double learning_rate) {
  for (const Group& group : groups_) step_group(group, learning_rate * group.rate);
}

void Adam::step_group(const Group& group, double learning_rate) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> values, gradients, means, squares, steps;
  for (const Moments& member : group.members) {
    const torch::Tensor& parameter = member.parameter;
    if (!parameter.grad().defined()) continue;
    // One layout for all four.
    const torch::Tensor gradient = parameter.grad().strides() == parameter.strides()
                                       ? parameter.grad()
                                       : torch::empty_like(parameter).copy_(parameter.grad());
    values.push_back(in_memory_order(parameter));
    gradients.push_back(in_memory_order(gradient));
    means.push_back(in_memory_order(member.exp_avg));
    squares.push_back(in_memory_order(member.exp_avg_sq));
    steps.push_back(member.step);
  }
  if (values.empty()) return;
  at::_foreach_add_(steps, 1);
  at::_fused_adam_(values, gradients, means, squares, {}, steps, learning_rate, options_.beta1, options_.beta2,
                   options_.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

NamedTensors Adam::state() const {
  NamedTensors state;
  for (const Group& group : groups_)
    for (const Moments& member : group.members) {
      state.emplace_back(member.name + ".exp_avg", member.exp_avg);
      state.emplace_back(member.name + ".exp_avg_sq", member.exp_avg_sq);
      state.emplace_back(member.name + ".step", member.step);
    }
  return state;
}

void Adam::load_state(const NamedTensors& state, const std::string& place) {
  copy_tensors(this->state(), state, place);
}

double learning_rate_at(const ScheduleOptions& options, std::int64_t step, std::int64_t steps) {
  if (options.schedule == "constant" || steps <= 1) return options.learning_rate;
  const double last = static_cast<double>(steps - 1);
  const double position = static_cast<double>(step) / last;
  if (options.schedule == "cosine") return cosine_between(options.learning_rate, 0, position);
  const double start = options.learning_rate / kWarmUpDivisor;
  if (position < kWarmUpShare) return cosine_between(start, options.learning_rate, position / kWarmUpShare);
  return cosine_between(options.learning_rate, start / kFinalDivisor, (position - kWarmUpShare) / (1 - kWarmUpShare));
}

}  // namespace lanet
