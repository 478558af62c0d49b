#include "model/mask_attention.hpp"

#include <torch/torch.h>

namespace lanet {

torch::Tensor mask_attention(const torch::Tensor& f, const torch::Tensor& mask_probability) {
  const bool same = mask_probability.size(2) == f.size(2) && mask_probability.size(3) == f.size(3);
  const auto pooled = same ? mask_probability : torch::adaptive_avg_pool2d(mask_probability, {f.size(2), f.size(3)});
  return f + f * pooled;
}

}  // namespace lanet
