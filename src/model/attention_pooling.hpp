#pragma once

#include <torch/types.h>

namespace lanet {

/// Mean and maximum of f [B, C, H, W] over the pixels, [B, C] each: what CAM looks at. Where our own kernels
/// (kernel/pool.hpp) fit, in fp32, by them or by LibTorch as kernel_choice() says; else by LibTorch. Of several largest
/// ones each gets an equal share of the gradient.
struct PooledPixels {
  torch::Tensor mean, largest;
};
PooledPixels pool_pixels(const torch::Tensor& f);

/// Maximum and mean of f [B, C, H, W] over the channels, [B, 2, H, W]: what SAM looks at. Likewise.
torch::Tensor pool_channels(const torch::Tensor& f);

}  // namespace lanet
