#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

#include "core/settings.hpp"

namespace lanet {
// Contract sketch; may be split into one file per equation (localization.hpp, classification.hpp, hybrid.hpp).

/// Pixel binary cross-entropy on logits (Eq. 5): mean over the pixels of each image, then over the images with has_label.
/// mask_logits, target: [B, 1, S, S]; has_label: [B] bool. No labelled image: 0 with a zero gradient. fp32 inside.
torch::Tensor localization_loss(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const torch::Tensor& has_label);

}  // namespace lanet
