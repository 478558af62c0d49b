#pragma once

#include <cstdint>

#include "image/image.hpp"
#include "model/network.hpp"

namespace lanet {

/// Grad-CAM (Selvaraju et al. 2017): relu(sum_c w_c A_c) with w_c = mean over pixels of d logit / d A_c, A the feature
/// level f_`level` (1..4, 4 the last FEX block). The gradient is exact: what reaches the logit through the lesion mask
/// (mask attention) counts too. image: [1, 1, S, S] in [0, 1]; network in evaluation mode. Values are divided by the
/// highest; a map without any positive value stays zero.
ProbabilityMap grad_cam(Network& network, const torch::Tensor& image, std::int64_t level, std::int64_t class_index);

}  // namespace lanet
