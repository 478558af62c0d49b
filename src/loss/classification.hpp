#pragma once

#include <torch/types.h>

namespace lanet {

/// Cross-entropy of the class (first term of Eq. 6), mean over the images whose class is known. class_logits: [B, K];
/// class_index: [B] long, -1 unknown. No known class: 0 with a zero gradient. At least fp32. Scalar.
torch::Tensor classification_loss(const torch::Tensor& class_logits, const torch::Tensor& class_index);

}  // namespace lanet
