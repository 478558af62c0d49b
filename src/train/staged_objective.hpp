#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "train/objective.hpp"
#include "train/stage.hpp"
#include "train/weight_average.hpp"

namespace lanet {

/// Eq. 5: location, of the images with a label.
BatchLoss stage1_loss(const TrainOptions& options);
/// Eq. 6: class and location; of a network without location head the class alone.
BatchLoss stage2_loss(const TrainOptions& options);

/// Two-stage semi-supervised training (Algorithm 1). Stage 1: feature extractor and location head, on the images with a
/// location label, by Eq. 5. Stage 2: a new network that begins with what stage 1 found (as stage2.start says), all of
/// it, on all images, by Eq. 6, with a weight average where stage2.average says so.
class StagedObjective final : public Objective {
 public:
  /// A fresh network on the device. stage1_best: the file that stage 1 left; read for stage 2 after a stage 1. Throws
  /// DataError for weights that do not fit.
  StagedObjective(const TrainOptions& options, const Stage& stage, std::int64_t classes, const Compute& compute,
                  const std::filesystem::path& stage1_best);

  std::vector<std::string> origin() const override { return origin_; }
  std::vector<std::int64_t> members(const std::vector<CachedSample>& samples) const override;
  const std::vector<TermName>& terms() const override;
  LossNumbers step(const Batch& batch, double learning_rate) override;
  LossTerms losses(const NetworkOutput& output, const Batch& batch) const override { return loss_(output, batch); }
  Network& network() override { return network_; }
  void as_judged(const std::function<void()>& work) override;
  Goodness goodness(const ValidationResult& result, std::int64_t epoch) const override;
  NamedTensors state() const override;
  void load_state(const NamedTensors& state, const std::string& place) override;

 private:
  bool locates_only_;  // stage 1
  std::string choose_;
  Compute compute_;
  BatchLoss loss_;
  Network network_;
  std::vector<std::string> origin_;
  std::vector<Learner> learners_;  // one, "network"
  std::optional<WeightAverage> average_;
};

/// What a stage of a training learns. folder: of the run, with what earlier stages left.
std::unique_ptr<Objective> make_objective(const TrainOptions& options, const Stage& stage, std::int64_t classes,
                                          const Compute& compute, const std::filesystem::path& folder);

}  // namespace lanet
