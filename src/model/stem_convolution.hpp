#pragma once

#include "model/depthwise_convolution.hpp"

namespace lanet {

/// A network's first convolution on a grey image, with gradients of its weights, each by our own kernel
/// (kernel/stem.hpp) or by LibTorch's, as kernel_choice() says: x [B, 1, H, W], or [B, 3, H, W] expanded from one
/// channel, whose weights our own kernels sum first; weight [C, 1 or 3, k, k]; result [B, C, out_height, out_width],
/// channels last; under autocast in bf16 with sums in fp32. Our own kernels' results do not depend on the number of
/// threads. Empty where no kernel fits (another device, type, size or stride; channels that differ; a
/// gradient for x): the caller then uses LibTorch's.
std::optional<torch::Tensor> stem_convolution(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                                              const ConvolutionFrame& frame);

}  // namespace lanet
