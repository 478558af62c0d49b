#include "train/stage.hpp"

#include <cmath>
#include <numeric>

#include "loss/classification.hpp"
#include "loss/localization.hpp"
#include "loss/target_grid.hpp"

namespace lanet {
namespace {

torch::Tensor target_of(const NetworkOutput& output, const Batch& batch, const std::string& form) {
  return target_grid(batch.masks, output.mask_logits.size(2), form);
}

}  // namespace

Goodness Stage::goodness(const ValidationResult& result, std::int64_t epoch) const {
  if (choose == "last") return {static_cast<double>(epoch), result.means.loss};
  // Without a single labelled class in the validation part only the loss can choose.
  return {choose == "accuracy" && !std::isnan(result.accuracy) ? result.accuracy : 0, result.means.loss};
}

Stage make_stage1(const TrainOptions& options, const std::vector<CachedSample>& samples) {
  Stage stage;
  stage.number = 1;
  stage.course = options.stage1.course;
  stage.parameter_prefixes = {"fex.", "la_net."};
  for (std::size_t index = 0; index < samples.size(); ++index)
    if (samples[index].location != Location::kNone) stage.members.push_back(static_cast<std::int64_t>(index));
  stage.loss = [form = options.data.target, location = options.localization](const NetworkOutput& output,
                                                                             const Batch& batch) {
    HybridLoss loss;
    loss.labelled = localization_loss(output.mask_logits, target_of(output, batch, form), batch.has_label, location);
    loss.total = loss.labelled;
    return loss;
  };
  return stage;
}

Stage make_stage2(const TrainOptions& options, const std::vector<CachedSample>& samples) {
  Stage stage;
  stage.number = 2;
  stage.course = options.stage2.course;
  stage.parameter_prefixes = {""};
  stage.classify = true;
  stage.choose = options.stage2.choose;
  stage.average = options.stage2.average;
  stage.members.resize(samples.size());
  std::iota(stage.members.begin(), stage.members.end(), 0);
  stage.loss = [form = options.data.target, terms = options.stage2.loss, location = options.localization](
                   const NetworkOutput& output, const Batch& batch) {
    if (output.mask_logits.defined())
      return hybrid_loss(output.class_logits, output.mask_logits, batch.class_index, target_of(output, batch, form),
                         batch.has_label, terms, location);
    HybridLoss loss;  // the vanilla network: lambda = 1
    loss.classification = classification_loss(output.class_logits, batch.class_index);
    loss.total = loss.classification;
    return loss;
  };
  return stage;
}

}  // namespace lanet
