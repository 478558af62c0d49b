#pragma once

#include <torch/types.h>

namespace lanet {

/// Mask attention module (Eq. 3): f_att = f + f * P. f: [B, C, s, s]; mask_probability: [B, 1, S, S], averaged down to
/// s where S > s.
torch::Tensor mask_attention(const torch::Tensor& f, const torch::Tensor& mask_probability);

}  // namespace lanet
