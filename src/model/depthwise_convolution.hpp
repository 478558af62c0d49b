#pragma once

#include <cstdint>
#include <optional>

#include <torch/types.h>

namespace lanet {

/// Padding of a convolution at the top and the left, and the size of its result; past the bottom and the right all is
/// 0.
struct ConvolutionFrame {
  std::int64_t pad_top = 0;
  std::int64_t pad_left = 0;
  std::int64_t out_height = 0;
  std::int64_t out_width = 0;
};

/// Depthwise convolution with gradients, each by our own kernel (kernel/depthwise.hpp) or by LibTorch's, as
/// kernel_choice() says: x [B, C, H, W], weight [C, 1, k, k],
/// result [B, C, out_height, out_width], channels last; under autocast in bf16 with sums in fp32. Our own
/// kernels' results do not depend on the number of threads. Empty where no kernel fits (another device, type, size or
/// stride): the caller then uses LibTorch's.
std::optional<torch::Tensor> depthwise_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                                   std::int64_t stride, const ConvolutionFrame& frame);

}  // namespace lanet
