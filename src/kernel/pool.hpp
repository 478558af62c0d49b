#pragma once

#include <cstdint>

#include "kernel/depthwise.hpp"
#include "kernel/norm.hpp"

namespace lanet {

/// Mean and maximum of one image, x [pixels, channels] with channels last, for one instruction set and one type of
/// number; channels a multiple of kNormBlock, sums in fp32. Where several are the largest they share its gradient
/// evenly, as in LibTorch's amax: `ties` says how many they are.
template <class Number>
struct PoolKernels {
  /// Over the pixels: mean, largest, ties [channels].
  void (*over_pixels)(const Number* x, std::int64_t pixels, std::int64_t channels, float* mean, float* largest,
                      float* ties);
  /// grad_x: of_mean [channels], and of_largest [channels] where x is the largest.
  void (*over_pixels_backward)(const Number* x, std::int64_t pixels, std::int64_t channels, const float* of_mean,
                               const float* largest, const float* of_largest, Number* grad_x);
  /// Over the channels: mean, largest, ties [pixels].
  void (*over_channels)(const Number* x, std::int64_t pixels, std::int64_t channels, float* mean, float* largest,
                        float* ties);
  /// grad_x: of_mean [pixels], and of_largest [pixels] where x is the largest.
  void (*over_channels_backward)(const Number* x, std::int64_t pixels, std::int64_t channels, const float* of_mean,
                                 const float* largest, const float* of_largest, Number* grad_x);
  const char* name;  // "avx512bf16", "avx512", "avx2", "plain"
};

/// The best for this processor, as depthwise_kernels.
template <class Number>
const PoolKernels<Number>& pool_kernels(const char* isa = "");

}  // namespace lanet
