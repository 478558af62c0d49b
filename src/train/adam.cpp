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

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, parameter] : parameters_) {
    exp_avg_.push_back(torch::zeros_like(parameter));
    exp_avg_sq_.push_back(torch::zeros_like(parameter));
    steps_.push_back(torch::zeros({}, torch::dtype(torch::kFloat32).device(parameter.device())));
  }
}

void Adam::zero_grad() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = torch::Tensor();
}

void Adam::step(double learning_rate) {
  step_group(learning_rate * options_.backbone_rate, true);
  step_group(learning_rate, false);
}

void Adam::step_group(double learning_rate, bool backbone) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> values, gradients, means, squares, steps;
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    const auto& [name, parameter] = parameters_[index];
    if (!parameter.grad().defined() || name.starts_with("fex.") != backbone) continue;
    // One layout for all four.
    const torch::Tensor gradient = parameter.grad().strides() == parameter.strides()
                                       ? parameter.grad()
                                       : torch::empty_like(parameter).copy_(parameter.grad());
    values.push_back(in_memory_order(parameter));
    gradients.push_back(in_memory_order(gradient));
    means.push_back(in_memory_order(exp_avg_[index]));
    squares.push_back(in_memory_order(exp_avg_sq_[index]));
    steps.push_back(steps_[index]);
  }
  if (values.empty()) return;
  at::_foreach_add_(steps, 1);
  at::_fused_adam_(values, gradients, means, squares, {}, steps, learning_rate, options_.beta1, options_.beta2,
                   options_.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

NamedTensors Adam::state() const {
  NamedTensors state;
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    const std::string& name = parameters_[index].first;
    state.emplace_back(name + ".exp_avg", exp_avg_[index]);
    state.emplace_back(name + ".exp_avg_sq", exp_avg_sq_[index]);
    state.emplace_back(name + ".step", steps_[index]);
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
