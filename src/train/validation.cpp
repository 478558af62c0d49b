#include "train/validation.hpp"

#include <cmath>

#include "core/nan.hpp"
#include "core/prefetch.hpp"
#include "evaluate/roc.hpp"

namespace lanet {
namespace {

/// Collects what accuracy, AUC and JSI need over the batches.
struct Tally {
  std::int64_t right = 0;
  std::int64_t classified = 0;
  std::vector<double> scores;  // of the positive class
  std::vector<bool> positives;
  double jsi_sum = 0;
  std::int64_t lesions = 0;

  void add_classes(const torch::Tensor& logits, const torch::Tensor& class_index, std::int64_t positive) {
    const auto probability = logits.to(torch::kFloat32).softmax(1).cpu();
    const auto decision = probability.argmax(1);
    const auto truth = class_index.cpu();
    for (std::int64_t image = 0; image < truth.size(0); ++image) {
      const auto label = truth[image].item<std::int64_t>();
      if (label < 0) continue;
      ++classified;
      right += decision[image].item<std::int64_t>() == label;
      scores.push_back(probability[image][positive].item<double>());
      positives.push_back(label == positive);
    }
  }

  /// Images whose true mask holds a lesion; the grid is upsampled bilinearly as in prediction.
  void add_masks(const torch::Tensor& logits, const torch::Tensor& masks) {
    namespace functional = torch::nn::functional;
    const std::vector<std::int64_t> size{masks.size(2), masks.size(3)};
    const auto probability = functional::interpolate(
        logits.to(torch::kFloat32).sigmoid(),
        functional::InterpolateFuncOptions().size(size).mode(torch::kBilinear).align_corners(false));
    const auto predicted = probability >= 0.5;
    const auto truth = masks > 0.5;
    const auto shared = (predicted & truth).sum({1, 2, 3}).to(torch::kFloat64);
    const auto either = (predicted | truth).sum({1, 2, 3}).to(torch::kFloat64);
    const auto has_lesion = truth.flatten(1).any(1);
    jsi_sum += (shared / either.clamp_min(1)).masked_select(has_lesion).sum().item<double>();
    lesions += has_lesion.sum().item<std::int64_t>();
  }
};

}  // namespace

LossNumbers numbers_of(const HybridLoss& loss, const Batch& batch) {
  const torch::NoGradGuard no_gradient;
  const auto number = [&loss](const torch::Tensor& term) {
    return term.defined() ? term.detach().to(torch::kFloat64) : torch::full_like(loss.total, kNan, torch::kFloat64);
  };
  const torch::Tensor numbers =
      torch::stack({number(loss.total), number(loss.classification), number(loss.labelled), number(loss.pseudo),
                    batch.has_label.sum().to(torch::kFloat64), (batch.class_index >= 0).sum().to(torch::kFloat64)})
          .cpu();
  const double* values = numbers.const_data_ptr<double>();
  return {values[0], values[1], values[2], values[3], static_cast<double>(batch.size()), values[4], values[5]};
}

void MeanOfBatches::add(const LossNumbers& loss) {
  const auto add_term = [this](std::size_t index, double value, double weight) {
    // A term that is not there is NaN; so is one whose weights broke, but its pass is refused by the total.
    if (std::isnan(value) && index > 0) return;
    sums_[index].total += value * weight;
    sums_[index].weight += weight;
  };
  add_term(0, loss.total, loss.images);
  add_term(1, loss.classification, loss.classified_images);
  add_term(2, loss.labelled, loss.labelled_images);
  add_term(3, loss.pseudo, loss.images - loss.labelled_images);
}

PassMeans MeanOfBatches::means() const {
  const auto mean = [](const Sum& sum) { return sum.weight > 0 ? sum.total / sum.weight : kNan; };
  return {mean(sums_[0]), mean(sums_[1]), mean(sums_[2]), mean(sums_[3])};
}

void move_batch(Batch& batch, const torch::Device& device) {
  batch.images = batch.images.to(device);
  batch.masks = batch.masks.to(device);
  batch.has_label = batch.has_label.to(device);
  batch.class_index = batch.class_index.to(device);
}

ValidationResult validate_network(Network& network, const ImageCache& samples, std::int64_t input_size,
                                  std::int64_t batch_size, std::int64_t positive, bool classify, const BatchLoss& loss,
                                  const Compute& compute) {
  const torch::InferenceMode inference;
  network->eval();
  const auto order = ordered_batches(static_cast<std::int64_t>(samples.size()), batch_size);
  Prefetch<Batch> batches(static_cast<std::int64_t>(order.size()), [&](std::int64_t index) {
    return make_batch(samples, order[static_cast<std::size_t>(index)], input_size);
  });
  MeanOfBatches means;
  Tally tally;
  while (batches.has_next()) {
    Batch batch = batches.next();
    move_batch(batch, compute.device);
    const AutocastScope autocast(compute);
    const NetworkOutput output = network->forward(batch.images);
    means.add(numbers_of(loss(output, batch), batch));
    if (classify) tally.add_classes(output.class_logits, batch.class_index, positive);
    if (output.mask_logits.defined()) tally.add_masks(output.mask_logits, batch.masks);
  }
  ValidationResult result;
  result.means = means.means();
  result.accuracy =
      tally.classified > 0 ? static_cast<double>(tally.right) / static_cast<double>(tally.classified) : kNan;
  result.auc = tally.classified > 0 ? area_under_roc(tally.scores, tally.positives) : kNan;
  result.jsi = tally.lesions > 0 ? tally.jsi_sum / static_cast<double>(tally.lesions) : kNan;
  return result;
}

}  // namespace lanet
