#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/compute.hpp"
#include "model/network.hpp"
#include "model/weights.hpp"
#include "train/adam.hpp"
#include "train/batch.hpp"
#include "train/loss_terms.hpp"
#include "train/validation.hpp"

namespace lanet {

/// A network that learns, with its optimizer. An objective may have several.
struct Learner {
  std::string name;
  torch::nn::Module& module;
  Adam adam;
};

/// The tensors whose names begin with a prefix, without it.
NamedTensors tensors_below(const NamedTensors& tensors, const std::string& prefix);

/// The state of learners as checkpoints name it: NAME.TENSOR and, of the optimizers, "adam.TENSOR" for the learner
/// "network" and "adam_NAME.TENSOR" for others.
NamedTensors state_of(const std::vector<Learner>& learners);
/// Inverse. Throws DataError naming the first missing or misshapen tensor.
void load_state_of(std::vector<Learner>& learners, const NamedTensors& state, const std::string& place);

/// How good an epoch is for the choice of the best one: a higher score wins, a lower loss decides ties.
struct Goodness {
  double score = 0;
  double loss = 0;

  bool better_than(const Goodness& other) const {
    return score > other.score || (score == other.score && loss < other.loss);
  }
};

/// What a stage learns, and how: its learners, their steps, the terms of its loss, its state. The trainer knows epochs,
/// data, validation, checkpoints and records, and of an objective nothing but this.
class Objective {
 public:
  virtual ~Objective() = default;

  /// What its networks began with, in lines for the record.
  virtual std::vector<std::string> origin() const = 0;
  /// Training images that it learns from, by their place in the list.
  virtual std::vector<std::int64_t> members(const std::vector<CachedSample>& samples) const = 0;
  /// The parts of its loss, in order; the same in every stage of a training.
  virtual const std::vector<TermName>& terms() const = 0;
  /// One step on a batch that lies on the device: forward, backward, optimizers. Where the total is not finite nothing
  /// has changed.
  virtual LossNumbers step(const Batch& batch, double learning_rate) = 0;
  /// The loss of an output, for validation.
  virtual LossTerms losses(const NetworkOutput& output, const Batch& batch) const = 0;
  /// The network that is validated and kept: at rest, the one that learns.
  virtual Network& network() = 0;
  /// Calls `work` while network() is what an epoch is judged and kept by (a weight average where there is one).
  virtual void as_judged(const std::function<void()>& work) = 0;
  /// Of an epoch, for the choice of the best one.
  virtual Goodness goodness(const ValidationResult& result, std::int64_t epoch) const = 0;

  /// Everything a checkpoint needs.
  virtual NamedTensors state() const = 0;
  /// Inverse. Throws DataError naming the first missing or misshapen tensor.
  virtual void load_state(const NamedTensors& state, const std::string& place) = 0;
};

}  // namespace lanet
