#include "train/weight_average.hpp"

#include <algorithm>

#include <ATen/ops/_foreach_lerp.h>

namespace lanet {
namespace {

NamedTensors averaged_state(const torch::nn::Module& network) {
  NamedTensors state = named_state(network);
  std::erase_if(state, [](const auto& item) { return !item.second.is_floating_point(); });
  return state;
}

}  // namespace

WeightAverage::WeightAverage(const torch::nn::Module& network, double decay)
    : steps_(torch::zeros({}, torch::kInt64)), decay_(decay) {
  for (const auto& [name, tensor] : averaged_state(network)) average_.emplace_back(name, tensor.detach().clone());
}

void WeightAverage::update(const torch::nn::Module& network) {
  const torch::NoGradGuard no_gradient;
  const auto steps = static_cast<double>(steps_.add_(1).item<std::int64_t>());
  const double decay = std::min(decay_, (1 + steps) / (10 + steps));
  std::vector<torch::Tensor> averages, values;
  for (const auto& [name, tensor] : average_) averages.push_back(tensor);
  for (const auto& [name, tensor] : averaged_state(network)) values.push_back(tensor);
  at::_foreach_lerp_(averages, values, 1 - decay);
}

void WeightAverage::swap(torch::nn::Module& network) {
  const torch::NoGradGuard no_gradient;
  NamedTensors now = averaged_state(network);
  for (std::size_t index = 0; index < now.size(); ++index) {
    const torch::Tensor kept = now[index].second.clone();
    now[index].second.copy_(average_[index].second);
    average_[index].second.copy_(kept);
  }
}

NamedTensors WeightAverage::state() const {
  NamedTensors state = average_;
  state.emplace_back("steps", steps_);
  return state;
}

void WeightAverage::load_state(const NamedTensors& state, const std::string& place) {
  copy_tensors(this->state(), state, place);
}

}  // namespace lanet
