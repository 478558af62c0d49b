#pragma once

#include <cstdint>

namespace lanet {

/// A depthwise convolution on channels-last data: x [batch, height, width, channels] to y [batch, out_height,
/// out_width, channels]. Padding is that of the top and the left; what lies past the bottom and the right is zero, too.
struct DepthwiseShape {
  std::int64_t batch = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;  // a multiple of kDepthwiseBlock
  std::int64_t kernel = 3;    // 3 or 5
  std::int64_t stride = 1;    // 1 or 2
  std::int64_t pad_top = 0;   // 0 .. kernel - 1
  std::int64_t pad_left = 0;
  std::int64_t out_height = 0;
  std::int64_t out_width = 0;

  std::int64_t taps() const { return kernel * kernel; }
  std::int64_t rows() const { return batch * height; }
  std::int64_t out_rows() const { return batch * out_height; }
};

inline constexpr std::int64_t kDepthwiseBlock = 16;

/// Whether the kernels below know this shape.
bool has_depthwise_kernel(const DepthwiseShape& shape);

/// bfloat16 as its bits.
using Bf16 = std::uint16_t;

/// The kernels for one instruction set and one type of number; sums are always fp32. weights: [taps, channels].
/// Threads share the work by rows: row r of x is line r % height of image r / height, of y likewise.
template <class Number>
struct DepthwiseKernels {
  /// Rows first .. last - 1 of y.
  void (*forward)(const DepthwiseShape& shape, const Number* x, const float* weights, Number* y, std::int64_t first,
                  std::int64_t last);
  /// Rows first .. last - 1 of the gradient of x, from that of y.
  void (*backward_input)(const DepthwiseShape& shape, const Number* grad_y, const float* weights, Number* grad_x,
                         std::int64_t first, std::int64_t last);
  /// Adds to grad_weights [taps, channels] what rows first .. last - 1 of y contribute.
  void (*backward_weights)(const DepthwiseShape& shape, const Number* x, const Number* grad_y, float* grad_weights,
                           std::int64_t first, std::int64_t last);
  const char* name;  // "avx512bf16", "avx512", "avx2", "plain"
};

/// The best for this processor, chosen once. isa: "" or the name of one, for tests; a name that this processor cannot
/// run gives "plain".
template <class Number>
const DepthwiseKernels<Number>& depthwise_kernels(const char* isa = "");

}  // namespace lanet
