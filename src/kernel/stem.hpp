#pragma once

#include <cstdint>

#include "kernel/depthwise.hpp"

namespace lanet {

/// Results of a row that are worked on together: rows of x are at least so wide that whole groups can be read.
inline constexpr std::int64_t kStemGroup = 12;

/// The first convolution of a network, from one channel to many: x [batch, height, width] in fp32, zeros around it
/// already there (pad_top = pad_left = 0), to y [batch, out_height, out_width, channels] with channels last.
using StemShape = DepthwiseShape;

/// Whether the kernels below know this shape: 3 x 3 or 7 x 7 with stride 2, channels a multiple of 32.
bool has_stem_kernel(const StemShape& shape);

/// Width of x, zeros included, that the kernels need for out_width results.
std::int64_t stem_width(std::int64_t kernel, std::int64_t stride, std::int64_t out_width);

/// The kernels for one instruction set and one type of y; sums are fp32. weights: [taps, channels]. Rows are those of
/// y: row r is line r % out_height of image r / out_height.
template <class Number>
struct StemKernels {
  /// Rows first .. last - 1 of y.
  void (*forward)(const StemShape& shape, const float* x, const float* weights, Number* y, std::int64_t first,
                  std::int64_t last);
  /// Adds to grad_weights [taps, channels] what rows first .. last - 1 of y contribute.
  void (*backward_weights)(const StemShape& shape, const float* x, const Number* grad_y, float* grad_weights,
                           std::int64_t first, std::int64_t last);
  const char* name;  // "avx512bf16", "avx512", "avx2", "plain"
};

/// The best for this processor, as depthwise_kernels.
template <class Number>
const StemKernels<Number>& stem_kernels(const char* isa = "");

}  // namespace lanet
