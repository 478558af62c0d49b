// The stem kernels, compiled once an instruction set like depthwise_isa.inl.
#include <cstdint>

#include "kernel/stem.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

constexpr int kStride = 2;
constexpr int kBlock = 16;

/// `kTile` results of a row, kVectors * 16 channels. They and the weights of a tap fit into the registers.
template <int kTile, int kVectors, class Number>
LANET_INLINE void tile(const StemShape& s, const float* x, const float* weights, Number* y, std::int64_t count) {
  Vector16 sum[kTile][kVectors];
#pragma GCC unroll 16
  for (int t = 0; t < kTile; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[t][v] = zero16();
  const std::int64_t kernel = s.kernel, width = s.width, channels = s.channels;
  for (std::int64_t ky = 0; ky < kernel; ++ky)
    for (std::int64_t kx = 0; kx < kernel; ++kx) {
      const float* from = x + ky * width + kx;
      const float* tap = weights + (ky * kernel + kx) * channels;
      Vector16 w[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) w[v] = load16(tap + v * kBlock);
#pragma GCC unroll 16
      for (int t = 0; t < kTile; ++t)
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sum[t][v] += w[v] * from[t * kStride];
    }
#pragma GCC unroll 16
  for (int t = 0; t < kTile; ++t) {
    if (t >= count) break;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) store16(y + t * channels + v * kBlock, sum[t][v]);
  }
}

template <class Number>
void forward(const StemShape& s, const float* x, const float* weights, Number* y, std::int64_t first,
             std::int64_t last) {
  // Vectors of channels at a time, and results of a row.
  constexpr int kWide = kVectorRegisters >= 32 ? 4 : 1, kNarrow = kVectorRegisters >= 32 ? 2 : 1;
  constexpr int kWideTile = kVectorRegisters >= 8 ? 6 : 2, kNarrowTile = kVectorRegisters >= 32 ? 12 : kWideTile;
  static_assert(kStemGroup % kWideTile == 0 && kStemGroup % kNarrowTile == 0);
  for (std::int64_t row = first; row < last; ++row) {
    const float* lines = x + (row / s.out_height * s.height + row % s.out_height * kStride) * s.width;
    Number* out = y + row * s.out_width * s.channels;
    std::int64_t c = 0;
    for (; c + kWide * kBlock <= s.channels; c += kWide * kBlock)
      for (std::int64_t column = 0; column < s.out_width; column += kWideTile)
        tile<kWideTile, kWide>(s, lines + column * kStride, weights + c, out + column * s.channels + c,
                               s.out_width - column);
    for (; c < s.channels; c += kNarrow * kBlock)
      for (std::int64_t column = 0; column < s.out_width; column += kNarrowTile)
        tile<kNarrowTile, kNarrow>(s, lines + column * kStride, weights + c, out + column * s.channels + c,
                                   s.out_width - column);
  }
}

/// Adds to R rows of the weights' gradient, kVectors * 16 channels, what a row of grad_y contributes.
template <int K, int R, int kVectors, class Number>
LANET_INLINE void weights_row(const StemShape& s, const float* x, const Number* grad_y, float* grad_weights) {
  const std::int64_t width = s.width, channels = s.channels, columns = s.out_width;
  Vector16 sum[R * K][kVectors];
#pragma GCC unroll 16
  for (int tap = 0; tap < R * K; ++tap)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sum[tap][v] = load16(grad_weights + tap * channels + v * kBlock);
  for (std::int64_t column = 0; column < columns; ++column) {
    Vector16 g[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) g[v] = load16(grad_y + column * channels + v * kBlock);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int kx = 0; kx < K; ++kx)
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) sum[r * K + kx][v] += g[v] * x[r * width + column * kStride + kx];
  }
#pragma GCC unroll 16
  for (int tap = 0; tap < R * K; ++tap)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store16(grad_weights + tap * channels + v * kBlock, sum[tap][v]);
}

template <class Number, int K, int R>
void weights_rows(const StemShape& s, const float* x, const Number* grad_y, float* grad_weights, std::int64_t first,
                  std::int64_t last) {
  constexpr int kVectors = kVectorRegisters >= 32 ? 2 : 1;
  for (std::int64_t row = first; row < last; ++row) {
    const float* lines = x + (row / s.out_height * s.height + row % s.out_height * kStride) * s.width;
    for (std::int64_t c = 0; c < s.channels; c += kVectors * kBlock)
      for (int ky = 0; ky < K; ky += R)
        weights_row<K, R, kVectors>(s, lines + ky * s.width, grad_y + row * s.out_width * s.channels + c,
                                    grad_weights + ky * K * s.channels + c);
  }
}

template <class Number>
void backward_weights(const StemShape& s, const float* x, const Number* grad_y, float* grad_weights, std::int64_t first,
                      std::int64_t last) {
  constexpr int kRows = kVectorRegisters >= 32 ? 3 : 1;  // of 3 taps each; their sums stay in registers
  s.kernel == 3 ? weights_rows<Number, 3, kRows>(s, x, grad_y, grad_weights, first, last)
                : weights_rows<Number, 7, 1>(s, x, grad_y, grad_weights, first, last);
}

}  // namespace

#define LANET_TEXT_OF(name) #name
#define LANET_TEXT(name) LANET_TEXT_OF(name)
extern const StemKernels<float> kStemFloat;
extern const StemKernels<Bf16> kStemBf16;
const StemKernels<float> kStemFloat{forward<float>, backward_weights<float>, LANET_TEXT(LANET_ISA)};
const StemKernels<Bf16> kStemBf16{forward<Bf16>, backward_weights<Bf16>, LANET_TEXT(LANET_ISA)};

}  // namespace lanet::LANET_ISA
