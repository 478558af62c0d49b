#pragma once

#include <torch/torch.h>

namespace lanet {

/// What `layer` computes, [B, C, H, W] to [B, O, H', W']. In training in bf16 on a processor the weights' gradient of a
/// 3 x 3 layer with stride 2 or a small result is a matrix product of the gradient and the unfolded x, or LibTorch's,
/// as kernel_choice() says: oneDNN's own kernel is at half the processor's speed there on AVX-512 with BF16.
torch::Tensor convolve(torch::nn::Conv2d& layer, const torch::Tensor& x);

/// What a 3 x 3 layer to one channel with padding 1 and stride 1 computes, as nine 1 x 1 convolutions whose results are
/// shifted and summed (a kernel for one output channel wastes fifteen of sixteen lanes), or by LibTorch, as
/// kernel_choice() says. The result is fp32 where x is bf16.
/// [B, C, H, W] to [B, 1, H, W].
torch::Tensor squeeze(torch::nn::Conv2d& layer, const torch::Tensor& x);

}  // namespace lanet
