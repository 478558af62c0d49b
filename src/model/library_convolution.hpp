#pragma once

#include <cstdint>

#include <torch/types.h>

#include "model/depthwise_convolution.hpp"

namespace lanet {

/// A convolution by LibTorch with a frame of our own: what lies outside x is 0. x [B, C, H, W], weight [O, C / groups,
/// k, k] of x's type; results lie channels last.
struct LibraryConvolution {
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  ConvolutionFrame frame;

  /// [B, O, frame.out_height, frame.out_width].
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& weight) const;
  /// The gradient of x, from that of the result.
  torch::Tensor backward_input(const torch::Tensor& grad_y, const torch::Tensor& x, const torch::Tensor& weight) const;
  /// The gradient of the weight, of its type.
  torch::Tensor backward_weights(const torch::Tensor& grad_y, const torch::Tensor& x,
                                 const torch::Tensor& weight) const;
};

}  // namespace lanet
