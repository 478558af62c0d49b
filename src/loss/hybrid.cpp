#include "loss/hybrid.hpp"

#include <torch/torch.h>

#include "loss/classification.hpp"

namespace lanet {
namespace {

struct PseudoLabel {
  torch::Tensor label;   // [B, 1, S, S] 0 / 1
  torch::Tensor weight;  // the same shape; undefined: every pixel counts
};

PseudoLabel pseudo_label(const torch::Tensor& mask_logits, const HybridOptions& options) {
  const auto probability = mask_logits.detach().sigmoid();
  PseudoLabel pseudo;
  pseudo.label = (probability >= options.keep_confidence).to(probability.scalar_type());
  if (options.pseudo == "ignore_uncertain")
    pseudo.weight = ((probability >= options.keep_confidence) | (probability <= 1 - options.keep_confidence))
                        .to(probability.scalar_type());
  return pseudo;
}

}  // namespace

void HybridOptions::visit(FieldVisitor& visitor) {
  visitor.field("class_weight", class_weight, "lambda of Eq. 6, 0..1; 1: classification alone, 0: location alone");
  visitor.field("unlabelled_weight", unlabelled_weight,
                "alpha of Eq. 6, 0..10; 0 turns the term of the images without location label off");
  visitor.field("keep_confidence", keep_confidence,
                "tau of Eq. 6, 0.5..1: a pixel's pseudo-label is 1 at and above it");
  visitor.field("pseudo", pseudo,
                "threshold: every other pixel's pseudo-label is 0 (paper); ignore_uncertain: pixels in (1 - tau, tau) "
                "carry no loss");
  visitor.field(
      "normalise", normalise,
      "present: means over the images of a kind that the batch holds (paper); batch: over all its images (code)");
}

void HybridOptions::validate() const {
  require_range("stage2.class_weight", class_weight, 0, 1);
  require_range("stage2.unlabelled_weight", unlabelled_weight, 0, 10);
  require_range("stage2.keep_confidence", keep_confidence, 0.5, 1);
  require_one_of("stage2.pseudo", pseudo, {"threshold", "ignore_uncertain"});
  require_one_of("stage2.normalise", normalise, {"present", "batch"});
}

HybridLoss hybrid_loss(const torch::Tensor& class_logits, const torch::Tensor& mask_logits,
                       const torch::Tensor& class_index, const torch::Tensor& target, const torch::Tensor& has_label,
                       const HybridOptions& options, const LocalizationOptions& localization) {
  const auto type = mask_logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto logits = mask_logits.to(type);
  const PseudoLabel pseudo = pseudo_label(logits, options);
  const auto labelled_each = localization_each(logits, target, localization);
  const auto pseudo_each = pixel_cross_entropy(logits, pseudo.label, pseudo.weight);
  TORCH_CHECK(has_label.sizes() == labelled_each.sizes(), "has_label: ", has_label.sizes(),
              ", images: ", labelled_each.sizes());
  const auto mean_over = [&](const torch::Tensor& each, const torch::Tensor& chosen) {
    const auto share = chosen.to(type);
    const auto count = options.normalise == "batch" ? torch::full_like(share.sum(), static_cast<double>(each.size(0)))
                                                    : share.sum().clamp_min(1);
    return (each * share).sum() / count;
  };
  HybridLoss loss;
  loss.classification = classification_loss(class_logits, class_index);
  loss.labelled = mean_over(labelled_each, has_label);
  loss.pseudo = mean_over(pseudo_each, has_label.logical_not());
  loss.total = options.class_weight * loss.classification +
               (1 - options.class_weight) * (loss.labelled + options.unlabelled_weight * loss.pseudo);
  return loss;
}

}  // namespace lanet
