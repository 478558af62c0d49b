#pragma once

#include <torch/torch.h>

#include "kernel/norm.hpp"

namespace lanet {

/// activation(norm(x) + residual) as one step with one gradient. Where our own kernels fit (processor, fp32 or bf16,
/// channels a multiple of 8) by them or by LibTorch, as kernel_choice() says; else by LibTorch. x, residual: [B, C, H,
/// W]; residual may be undefined. In training the module's running statistics are updated as it does itself. Our own
/// kernels' numbers do not depend on the number of threads.
torch::Tensor norm_activation(torch::nn::BatchNorm2d& norm, const torch::Tensor& x, Activation activation,
                              const torch::Tensor& residual = {});

}  // namespace lanet
