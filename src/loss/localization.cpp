#include "loss/localization.hpp"

#include <torch/torch.h>

namespace lanet {

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

torch::Tensor localization_loss(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const torch::Tensor& has_label) {
  const auto per_image = pixel_cross_entropy(mask_logits, target);
  TORCH_CHECK(has_label.sizes() == per_image.sizes(), "has_label: ", has_label.sizes(),
              ", images: ", per_image.sizes());
  const auto share = has_label.to(per_image.scalar_type());
  return (per_image * share).sum() / share.sum().clamp_min(1);
}

}  // namespace lanet
