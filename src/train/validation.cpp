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
    means.add(numbers_of(loss(output, batch), batch.size()));
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
