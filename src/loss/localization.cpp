#include "loss/localization.hpp"

#include <torch/torch.h>

namespace lanet {

void LocalizationOptions::visit(FieldVisitor& visitor) {
  visitor.field(
      "dice_weight", dice_weight,
      "soft Dice loss of an image, added to its cross-entropy with this weight, 0..10; 0 (paper). Images with "
      "a label only");
}

void LocalizationOptions::validate() const { require_range("localization.dice_weight", dice_weight, 0, 10); }

torch::Tensor pixel_cross_entropy(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                  const torch::Tensor& weight) {
  TORCH_CHECK(mask_logits.dim() == 4 && mask_logits.size(1) == 1, "mask logits: ", mask_logits.sizes(),
              ", expected [B, 1, S, S]");
  TORCH_CHECK(target.sizes() == mask_logits.sizes(), "target: ", target.sizes(),
              ", mask logits: ", mask_logits.sizes());
  const auto type = mask_logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  auto loss =
      torch::binary_cross_entropy_with_logits(mask_logits.to(type), target.to(type), {}, {}, at::Reduction::None);
  if (weight.defined()) loss = loss * weight;
  return loss.mean({1, 2, 3});
}

torch::Tensor soft_dice_loss(const torch::Tensor& mask_logits, const torch::Tensor& target) {
  const auto type = mask_logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const torch::Tensor probability = mask_logits.to(type).sigmoid(), truth = target.to(type);
  const auto total = [](const torch::Tensor& x) { return x.sum({1, 2, 3}); };
  return 1 - (2 * total(probability * truth) + 1) / (total(probability) + total(truth) + 1);
}

torch::Tensor localization_each(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const LocalizationOptions& options) {
  torch::Tensor loss = pixel_cross_entropy(mask_logits, target);
  if (options.dice_weight > 0) loss = loss + options.dice_weight * soft_dice_loss(mask_logits, target);
  return loss;
}

torch::Tensor localization_loss(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const torch::Tensor& has_label, const LocalizationOptions& options) {
  const auto per_image = localization_each(mask_logits, target, options);
  TORCH_CHECK(has_label.sizes() == per_image.sizes(), "has_label: ", has_label.sizes(),
              ", images: ", per_image.sizes());
  const auto share = has_label.to(per_image.scalar_type());
  return (per_image * share).sum() / share.sum().clamp_min(1);
}

}  // namespace lanet
