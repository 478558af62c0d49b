#include "train/staged_objective.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "loss/classification.hpp"
#include "loss/hybrid.hpp"
#include "loss/localization.hpp"
#include "loss/target_grid.hpp"
#include "model/backbone_weights.hpp"
#include "modelfile/safetensors.hpp"
#include "network/location_head.hpp"
#include "network/network.hpp"
#include "train/run_folder.hpp"

namespace lanet {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kAveragePrefix = "average.";

torch::Tensor target_of(const NetworkOutput& output, const Batch& batch, const std::string& form) {
  return target_grid(batch.masks, output.mask_logits.size(2), form);
}

/// In the order of StagedObjective::terms().
LossTerms terms_of(const HybridLoss& loss, const Batch& batch) {
  const torch::Tensor labelled = batch.has_label.sum();
  return {loss.total,
          {{loss.classification, (batch.class_index >= 0).sum()},
           {loss.labelled, labelled},
           {loss.pseudo, batch.size() - labelled}}};
}

bool starts_with_any(const std::string& name, const Names& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

std::string part_prefix(const std::string& part) { return part + "."; }

/// What of a network stage 1 trains, and stage 2 takes over: feature extractor and location head.
Names located_parts(const NetworkOptions& options, bool with_backbone) {
  Names parts;
  if (with_backbone) parts.push_back(part_prefix(kBackbonePart));
  if (const LocationHead* head = find_location_head(options.head)) parts.push_back(part_prefix(head->part));
  return parts;
}

/// The parameters below the prefixes: those of the feature extractor with a rate of their own, then the others.
std::vector<ParameterGroup> groups_of(const torch::nn::Module& network, const Names& prefixes, double backbone_rate) {
  ParameterGroup backbone{{}, backbone_rate}, others{{}, 1};
  for (const auto& item : network.named_parameters())
    if (starts_with_any(item.key(), prefixes))
      (item.key().starts_with(part_prefix(kBackbonePart)) ? backbone : others)
          .parameters.emplace_back(item.key(), item.value());
  return {backbone, others};
}

std::vector<std::string> origin_lines(const LoadReport& report, const std::string& weights) {
  std::vector<std::string> lines = report.changed;
  if (weights != "none")
    lines.push_back(std::to_string(report.taken.size()) + " tensors taken from " + weights + ", " +
                    std::to_string(report.left.size()) + " left");
  return lines;
}

/// Copies the tensors below the prefixes, batch statistics included. The file is a whole network of the same shape.
void load_parts(torch::nn::Module& network, const SafetensorsFile& file, const Names& prefixes) {
  const torch::NoGradGuard no_gradient;
  for (auto& [name, target] : named_state(network)) {
    if (!starts_with_any(name, prefixes)) continue;
    const TensorInfo* info = file.find(name);
    if (!info || info->shape != target.sizes().vec())
      throw DataError({file.place(), "no " + name + " " + shape_text(target.sizes().vec()), "the stage-1 network", ""});
    target.copy_(tensor_from_file(file, *info));
  }
}

}  // namespace

BatchLoss stage1_loss(const TrainOptions& options) {
  return [form = options.data.target, location = options.localization](const NetworkOutput& output,
                                                                       const Batch& batch) {
    HybridLoss loss;
    loss.labelled = localization_loss(output.mask_logits, target_of(output, batch, form), batch.has_label, location);
    loss.total = loss.labelled;
    return terms_of(loss, batch);
  };
}

BatchLoss stage2_loss(const TrainOptions& options) {
  return [form = options.data.target, terms = options.stage2.loss, location = options.localization](
             const NetworkOutput& output, const Batch& batch) {
    if (output.mask_logits.defined())
      return terms_of(hybrid_loss(output.class_logits, output.mask_logits, batch.class_index,
                                  target_of(output, batch, form), batch.has_label, terms, location),
                      batch);
    HybridLoss loss;  // the vanilla network: lambda = 1
    loss.classification = classification_loss(output.class_logits, batch.class_index);
    loss.total = loss.classification;
    return terms_of(loss, batch);
  };
}

StagedObjective::StagedObjective(const TrainOptions& options, const Stage& stage, std::int64_t classes,
                                 const Compute& compute, const std::filesystem::path& stage1_best)
    : locates_only_(stage.number == 1),
      choose_(locates_only_ ? "loss" : options.stage2.choose),
      compute_(compute),
      loss_(locates_only_ ? stage1_loss(options) : stage2_loss(options)),
      network_(nullptr) {
  torch::manual_seed(static_cast<std::uint64_t>(options.seed));
  network_ = Network(options.network, classes);
  origin_ = origin_lines(load_backbone_weights(network_, options.weights), options.weights);
  network_->to(compute.device);
  use_channels_last(*network_);
  if (!locates_only_ && options.stage1.course.epochs > 0)
    load_parts(*network_, SafetensorsFile::open(stage1_best),
               located_parts(options.network, options.stage2.start == "all"));
  const Names learning = locates_only_ ? located_parts(options.network, true) : Names{""};
  learners_.push_back(
      {"network", *network_, Adam(groups_of(*network_, learning, options.adam.backbone_rate), options.adam)});
  if (!locates_only_ && options.stage2.average > 0) average_.emplace(*network_, options.stage2.average);
}

std::vector<std::int64_t> StagedObjective::members(const std::vector<CachedSample>& samples) const {
  std::vector<std::int64_t> members;
  for (std::size_t index = 0; index < samples.size(); ++index)
    if (!locates_only_ || samples[index].location != Location::kNone)
      members.push_back(static_cast<std::int64_t>(index));
  return members;
}

const std::vector<TermName>& StagedObjective::terms() const {
  static const std::vector<TermName> names{{"class", true}, {"location", true}, {"pseudo", false}};
  return names;
}

LossNumbers StagedObjective::step(const Batch& batch, double learning_rate) {
  Adam& adam = learners_.front().adam;
  adam.zero_grad();
  LossTerms loss;
  {
    const AutocastScope autocast(compute_);
    loss = loss_(network_->forward(batch.images), batch);
  }
  LossNumbers numbers = numbers_of(loss, batch.size());
  if (!std::isfinite(numbers.total)) return numbers;
  loss.total.backward();
  adam.step(learning_rate);
  if (average_) average_->update(*network_);
  return numbers;
}

void StagedObjective::as_judged(const std::function<void()>& work) {
  if (!average_) return work();
  average_->swap(*network_);
  work();
  average_->swap(*network_);
}

Goodness StagedObjective::goodness(const ValidationResult& result, std::int64_t epoch) const {
  if (choose_ == "last") return {static_cast<double>(epoch), result.means.loss};
  // Without a single labelled class in the validation part only the loss can choose.
  return {choose_ == "accuracy" && !std::isnan(result.accuracy) ? result.accuracy : 0, result.means.loss};
}

NamedTensors StagedObjective::state() const {
  NamedTensors state = state_of(learners_);
  if (average_)
    for (const auto& [name, tensor] : average_->state()) state.emplace_back(kAveragePrefix + name, tensor);
  return state;
}

void StagedObjective::load_state(const NamedTensors& state, const std::string& place) {
  load_state_of(learners_, state, place);
  if (average_) average_->load_state(tensors_below(state, kAveragePrefix), place);
}

std::unique_ptr<Objective> make_objective(const TrainOptions& options, const Stage& stage, std::int64_t classes,
                                          const Compute& compute, const std::filesystem::path& folder) {
  return std::make_unique<StagedObjective>(options, stage, classes, compute, folder / kStage1BestName);
}

}  // namespace lanet
