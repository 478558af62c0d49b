#pragma once

#include <torch/types.h>

#include "core/settings.hpp"

namespace lanet {

/// The location loss of both stages; the default is the paper's.
struct LocalizationOptions {
  double dice_weight = 0.0;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// Pixel binary cross-entropy of each image, mean over its pixels: [B]. mask_logits, target (0..1): [B, 1, S, S]. At
/// least fp32. weight, if defined, has the same shape and multiplies each pixel's loss; the mean stays one over all
/// pixels.
torch::Tensor pixel_cross_entropy(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                  const torch::Tensor& weight = {});

/// Soft Dice loss of each image (Milletari et al. 2016 without their squares), P = sigmoid(mask_logits):
/// 1 - (2 sum(P target) + 1) / (sum P + sum target + 1), [B]; the ones keep images without lesion defined.
torch::Tensor soft_dice_loss(const torch::Tensor& mask_logits, const torch::Tensor& target);

/// pixel_cross_entropy + dice_weight * soft_dice_loss of each image: [B].
torch::Tensor localization_each(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const LocalizationOptions& options);

/// Localization loss (Eq. 5, read as cross-entropy with both terms): localization_each, then mean over the images with
/// a label. has_label: [B] bool. No labelled image: 0 with a zero gradient. Scalar.
torch::Tensor localization_loss(const torch::Tensor& mask_logits, const torch::Tensor& target,
                                const torch::Tensor& has_label, const LocalizationOptions& options = {});

}  // namespace lanet
