#pragma once

#include <torch/types.h>

namespace lanet {

/// Pixel binary cross-entropy of each image, mean over its pixels: [B]. mask_logits, target (0..1): [B, 1, S, S]. At
/// least fp32. weight, if defined, has the same shape and multiplies each pixel's loss; the mean stays one over all
/// pixels.
torch::Tensor pixel_cross_entropy(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                  const torch::Tensor& weight = {});

/// Localization loss (Eq. 5, read as cross-entropy with both terms): pixel_cross_entropy, then mean over the images
/// with a label. has_label: [B] bool. No labelled image: 0 with a zero gradient. Scalar.
torch::Tensor localization_loss(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const torch::Tensor& has_label);

}  // namespace lanet
