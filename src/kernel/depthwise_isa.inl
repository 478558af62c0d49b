// The depthwise kernels in plain C++ with the compiler's vectors of 16 floats. This file is compiled once an instruction
// set, with LANET_ISA naming the namespace: it must not include anything whose inline functions other files share.
#include <cstdint>

#include "kernel/depthwise.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

/// Results of a row that are worked on together: they and what they read fit into 32 registers.
constexpr int tile_of(int stride) { return stride == 1 ? 8 : 4; }

/// First column of x that result 0 of a tile reads, and whether every column it reads exists.
inline bool inside(std::int64_t first, std::int64_t count, std::int64_t size) {
  return first >= 0 && first + count <= size;
}

/// One tile of one row of y, 16 channels. K: kernel, S: stride. edge: columns may lie outside.
template <class Number, int K, int S>
inline void forward_tile(const DepthwiseShape& s, const Number* image, const float* weights, Number* out,
                         std::int64_t y, std::int64_t column, bool edge) {
  constexpr int kTile = tile_of(S);
  constexpr int kColumns = S * (kTile - 1) + K;
  const std::int64_t first = column * S - s.pad_left;
  Vector16 sum[kTile];
  for (auto& value : sum) value = zero16();
  for (int ky = 0; ky < K; ++ky) {
    const std::int64_t row = y * S + ky - s.pad_top;
    if (row < 0 || row >= s.height) continue;
    const Number* line = image + (row * s.width + first) * s.channels;
    Vector16 x[kColumns];
#pragma GCC unroll 32
    for (int j = 0; j < kColumns; ++j)
      x[j] = !edge || (first + j >= 0 && first + j < s.width) ? load16(line + j * s.channels) : zero16();
#pragma GCC unroll 32
    for (int kx = 0; kx < K; ++kx) {
      const Vector16 w = load16(weights + (ky * K + kx) * s.channels);
#pragma GCC unroll 32
      for (int t = 0; t < kTile; ++t) sum[t] += x[S * t + kx] * w;
    }
  }
#pragma GCC unroll 32
  for (int t = 0; t < kTile; ++t)
    if (!edge || column + t < s.out_width) store16(out + t * s.channels, sum[t]);
}

template <class Number, int K, int S>
void forward_rows(const DepthwiseShape& s, const Number* x, const float* weights, Number* y, std::int64_t first,
                  std::int64_t last) {
  constexpr int kTile = tile_of(S);
  constexpr int kColumns = S * (kTile - 1) + K;
  for (std::int64_t row = first; row < last; ++row) {
    const Number* image = x + row / s.out_height * s.height * s.width * s.channels;
    Number* line = y + row * s.out_width * s.channels;
    for (std::int64_t column = 0; column < s.out_width; column += kTile) {
      const bool edge =
          column + kTile > s.out_width || !inside(column * S - s.pad_left, kColumns, s.width);
      for (std::int64_t c = 0; c < s.channels; c += kDepthwiseBlock)
        forward_tile<Number, K, S>(s, image + c, weights + c, line + column * s.channels + c, row % s.out_height,
                                   column, edge);
    }
  }
}

/// One tile of one row of the gradient of x: result t takes tap kx from column (column + t + P - kx) / S of grad_y, where
/// that is whole. P: pad_left. column is a multiple of the tile, so that for stride 2 every index is known here.
template <class Number, int K, int S, int P>
inline void backward_tile(const DepthwiseShape& s, const Number* image, const float* weights, Number* out,
                          std::int64_t y, std::int64_t column, bool edge) {
  constexpr int kTile = 8;
  constexpr int kLow = S == 1 ? P - K + 1 : (P - K + 1 - 1) / 2;  // at or below the lowest (t + P - kx) / S
  constexpr int kHigh = (kTile - 1 + P) / S;
  constexpr int kColumns = kHigh - kLow + 1;
  const std::int64_t first = column / S + kLow;
  Vector16 sum[kTile];
  for (auto& value : sum) value = zero16();
  for (int ky = 0; ky < K; ++ky) {
    const std::int64_t scaled = y + s.pad_top - ky;
    if (scaled < 0 || scaled % S != 0 || scaled / S >= s.out_height) continue;
    const Number* line = image + (scaled / S * s.out_width + first) * s.channels;
    Vector16 g[kColumns];
#pragma GCC unroll 32
    for (int j = 0; j < kColumns; ++j)
      g[j] = !edge || (first + j >= 0 && first + j < s.out_width) ? load16(line + j * s.channels) : zero16();
#pragma GCC unroll 32
    for (int kx = 0; kx < K; ++kx) {
      const Vector16 w = load16(weights + (ky * K + kx) * s.channels);
#pragma GCC unroll 32
      for (int t = 0; t < kTile; ++t)
        if ((t + P - kx) % S == 0) sum[t] += g[(t + P - kx) / S - kLow] * w;
    }
  }
#pragma GCC unroll 32
  for (int t = 0; t < kTile; ++t)
    if (!edge || column + t < s.width) store16(out + t * s.channels, sum[t]);
}

template <class Number, int K, int S, int P>
void backward_rows(const DepthwiseShape& s, const Number* grad_y, const float* weights, Number* grad_x,
                   std::int64_t first, std::int64_t last) {
  constexpr int kTile = 8;
  constexpr int kReach = kTile + K;
  for (std::int64_t row = first; row < last; ++row) {
    const Number* image = grad_y + row / s.height * s.out_height * s.out_width * s.channels;
    Number* line = grad_x + row * s.width * s.channels;
    for (std::int64_t column = 0; column < s.width; column += kTile) {
      const bool edge =
          column + kTile > s.width || !inside(column / S - K, kReach / S + 2 * K, s.out_width);
      for (std::int64_t c = 0; c < s.channels; c += kDepthwiseBlock)
        backward_tile<Number, K, S, P>(s, image + c, weights + c, line + column * s.channels + c, row % s.height,
                                       column, edge);
    }
  }
}

/// One line of grad_y against one line of x, 16 channels: adds to the K sums of one kernel row.
template <class Number, int K, int S>
inline void weights_line(const DepthwiseShape& s, const Number* x, const Number* grad_y, float* grad_weights) {
  constexpr int kTile = tile_of(S);
  constexpr int kColumns = S * (kTile - 1) + K;
  Vector16 sum[K];
#pragma GCC unroll 32
  for (int kx = 0; kx < K; ++kx) sum[kx] = load16(grad_weights + kx * s.channels);
  for (std::int64_t column = 0; column < s.out_width; column += kTile) {
    const std::int64_t first = column * S - s.pad_left;
    const bool edge = column + kTile > s.out_width || !inside(first, kColumns, s.width);
    const Number* line = x + first * s.channels;
    Vector16 values[kColumns];
#pragma GCC unroll 32
    for (int j = 0; j < kColumns; ++j)
      values[j] = !edge || (first + j >= 0 && first + j < s.width) ? load16(line + j * s.channels) : zero16();
#pragma GCC unroll 32
    for (int t = 0; t < kTile; ++t) {
      if (edge && column + t >= s.out_width) break;
      const Vector16 g = load16(grad_y + (column + t) * s.channels);
#pragma GCC unroll 32
      for (int kx = 0; kx < K; ++kx) sum[kx] += values[S * t + kx] * g;
    }
  }
#pragma GCC unroll 32
  for (int kx = 0; kx < K; ++kx) store16(grad_weights + kx * s.channels, sum[kx]);
}

template <class Number, int K, int S>
void weights_rows(const DepthwiseShape& s, const Number* x, const Number* grad_y, float* grad_weights,
                  std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row) {
    const Number* image = x + row / s.out_height * s.height * s.width * s.channels;
    const Number* line = grad_y + row * s.out_width * s.channels;
    for (int ky = 0; ky < K; ++ky) {
      const std::int64_t y = row % s.out_height * S + ky - s.pad_top;
      if (y < 0 || y >= s.height) continue;
      for (std::int64_t c = 0; c < s.channels; c += kDepthwiseBlock)
        weights_line<Number, K, S>(s, image + y * s.width * s.channels + c, line + c,
                                   grad_weights + ky * K * s.channels + c);
    }
  }
}

template <class Number>
void forward(const DepthwiseShape& s, const Number* x, const float* weights, Number* y, std::int64_t first,
             std::int64_t last) {
  if (s.kernel == 3)
    s.stride == 1 ? forward_rows<Number, 3, 1>(s, x, weights, y, first, last)
                  : forward_rows<Number, 3, 2>(s, x, weights, y, first, last);
  else
    s.stride == 1 ? forward_rows<Number, 5, 1>(s, x, weights, y, first, last)
                  : forward_rows<Number, 5, 2>(s, x, weights, y, first, last);
}

template <class Number, int K, int S>
void backward_by_padding(const DepthwiseShape& s, const Number* grad_y, const float* weights, Number* grad_x,
                         std::int64_t first, std::int64_t last) {
  switch (s.pad_left) {
    case 0:
      return backward_rows<Number, K, S, 0>(s, grad_y, weights, grad_x, first, last);
    case 1:
      return backward_rows<Number, K, S, 1>(s, grad_y, weights, grad_x, first, last);
    default:
      return backward_rows<Number, K, S, 2>(s, grad_y, weights, grad_x, first, last);
  }
}

template <class Number>
void backward_input(const DepthwiseShape& s, const Number* grad_y, const float* weights, Number* grad_x,
                    std::int64_t first, std::int64_t last) {
  if (s.kernel == 3)
    s.stride == 1 ? backward_by_padding<Number, 3, 1>(s, grad_y, weights, grad_x, first, last)
                  : backward_by_padding<Number, 3, 2>(s, grad_y, weights, grad_x, first, last);
  else
    s.stride == 1 ? backward_by_padding<Number, 5, 1>(s, grad_y, weights, grad_x, first, last)
                  : backward_by_padding<Number, 5, 2>(s, grad_y, weights, grad_x, first, last);
}

template <class Number>
void backward_weights(const DepthwiseShape& s, const Number* x, const Number* grad_y, float* grad_weights,
                      std::int64_t first, std::int64_t last) {
  if (s.kernel == 3)
    s.stride == 1 ? weights_rows<Number, 3, 1>(s, x, grad_y, grad_weights, first, last)
                  : weights_rows<Number, 3, 2>(s, x, grad_y, grad_weights, first, last);
  else
    s.stride == 1 ? weights_rows<Number, 5, 1>(s, x, grad_y, grad_weights, first, last)
                  : weights_rows<Number, 5, 2>(s, x, grad_y, grad_weights, first, last);
}

}  // namespace

#define LANET_TEXT_OF(name) #name
#define LANET_TEXT(name) LANET_TEXT_OF(name)
extern const DepthwiseKernels<float> kDepthwiseFloat;
extern const DepthwiseKernels<Bf16> kDepthwiseBf16;
const DepthwiseKernels<float> kDepthwiseFloat{forward<float>, backward_input<float>, backward_weights<float>,
                                              LANET_TEXT(LANET_ISA)};
const DepthwiseKernels<Bf16> kDepthwiseBf16{forward<Bf16>, backward_input<Bf16>, backward_weights<Bf16>,
                                            LANET_TEXT(LANET_ISA)};

}  // namespace lanet::LANET_ISA
