#include "train/objective.hpp"

namespace lanet {
namespace {

std::string optimizer_prefix(const Learner& learner) {
  return learner.name == "network" ? "adam." : "adam_" + learner.name + ".";
}

void append(NamedTensors& all, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) all.emplace_back(prefix + name, tensor);
}

}  // namespace

NamedTensors tensors_below(const NamedTensors& tensors, const std::string& prefix) {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  return found;
}

NamedTensors state_of(const std::vector<Learner>& learners) {
  NamedTensors state;
  for (const Learner& learner : learners) append(state, learner.name + ".", named_state(learner.module));
  for (const Learner& learner : learners) append(state, optimizer_prefix(learner), learner.adam.state());
  return state;
}

void load_state_of(std::vector<Learner>& learners, const NamedTensors& state, const std::string& place) {
  for (Learner& learner : learners) {
    load_state(learner.module, tensors_below(state, learner.name + "."), place);
    learner.adam.load_state(tensors_below(state, optimizer_prefix(learner)), place);
  }
}

}  // namespace lanet
