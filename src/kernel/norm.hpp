#pragma once

#include <cstdint>

#include "kernel/depthwise.hpp"

namespace lanet {

/// What follows a batch normalization.
enum class Activation { kNone, kRelu, kRelu6 };

/// Batch normalization with what follows it, on channels-last data taken as a matrix [rows, channels]; channels is a
/// multiple of kNormBlock. Sums are fp32; per-channel numbers are fp32. Threads share the work by rows.
template <class Number>
struct NormKernels {
  /// Of rows first .. last - 1: sums[c] = sum of x - x[first], squares[c] = sum of its square. The shift by the first
  /// row keeps what a mean far from 0 would cancel.
  void (*moments)(const Number* x, std::int64_t channels, std::int64_t first, std::int64_t last, float* sums,
                  float* squares);
  /// y = activation(x * scale + shift + residual); residual may be null.
  void (*apply)(const Number* x, const Number* residual, const float* scale, const float* shift, Activation activation,
                Number* y, std::int64_t channels, std::int64_t first, std::int64_t last);
  /// With g = grad_y where y lies where the activation has slope 1, else 0: sums[c] = sum of g, products[c] = sum of
  /// g * (x - mean).
  void (*backward_sums)(const Number* x, const Number* y, const Number* grad_y, const float* mean,
                        Activation activation, std::int64_t channels, std::int64_t first, std::int64_t last,
                        float* sums, float* products);
  /// grad_x = by_g * g + by_x * x + constant; grad_residual = g where it is not null.
  void (*backward_apply)(const Number* x, const Number* y, const Number* grad_y, const float* by_g, const float* by_x,
                         const float* constant, Activation activation, Number* grad_x, Number* grad_residual,
                         std::int64_t channels, std::int64_t first, std::int64_t last);
  const char* name;
};

inline constexpr std::int64_t kNormBlock = 8;

/// As depthwise_kernels().
template <class Number>
const NormKernels<Number>& norm_kernels(const char* isa = "");

}  // namespace lanet
