#pragma once

#include <string>

#include <torch/types.h>

#include "core/settings.hpp"
#include "loss/localization.hpp"

namespace lanet {

/// The weights of Eq. 6; the defaults are the paper's.
struct HybridOptions {
  double class_weight = 0.5;
  double unlabelled_weight = 0.1;
  double keep_confidence = 0.8;
  std::string pseudo = "threshold";
  std::string normalise = "present";

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// A loss and its parts, all scalars. A part that the network or the stage does not have stays undefined.
struct HybridLoss {
  torch::Tensor total;
  torch::Tensor classification;
  torch::Tensor labelled;  // location, images with a label
  torch::Tensor pseudo;    // location, images without, against their pseudo-label
};

/// Hybrid loss (Eq. 6): lambda CE + (1 - lambda) (L_labelled + alpha BCE_pseudo), L
/// the location loss. The pseudo-label of a pixel is 1
/// where P >= tau, else 0; no gradient passes through it. class_logits: [B, K]; mask_logits, target: [B, 1, S, S];
/// class_index: [B] long (-1 unknown); has_label: [B] bool. A batch without one kind of image contributes 0 for that
/// term. At least fp32.
HybridLoss hybrid_loss(const torch::Tensor& class_logits, const torch::Tensor& mask_logits,
                       const torch::Tensor& class_index, const torch::Tensor& target, const torch::Tensor& has_label,
                       const HybridOptions& options, const LocalizationOptions& localization = {});

}  // namespace lanet
