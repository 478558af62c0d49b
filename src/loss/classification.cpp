#include "loss/classification.hpp"

#include <torch/torch.h>

namespace lanet {

torch::Tensor classification_loss(const torch::Tensor& class_logits, const torch::Tensor& class_index) {
  TORCH_CHECK(class_logits.dim() == 2, "class logits: ", class_logits.sizes(), ", expected [B, K]");
  TORCH_CHECK(class_index.dim() == 1 && class_index.size(0) == class_logits.size(0),
              "class index: ", class_index.sizes(), ", class logits: ", class_logits.sizes());
  const auto type = class_logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto log_probability = class_logits.to(type).log_softmax(1);
  const auto known = (class_index >= 0).to(type);
  const auto of_truth = log_probability.gather(1, class_index.clamp_min(0).unsqueeze(1)).squeeze(1);
  return -(of_truth * known).sum() / known.sum().clamp_min(1);
}

}  // namespace lanet
