// The depthwise kernels in plain C++ with the compiler's vectors of 16 floats. This file is compiled once an
// instruction set, with LANET_ISA naming the namespace: it must not include anything whose inline functions other files
// share.
#include <cstdint>

#include "kernel/depthwise.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

/// 16 channels as one vector.
template <class Number>
struct Single {
  static constexpr int kChannels = 16;
  static constexpr int kParts = 1;
  template <int kPart>
  static LANET_INLINE Vector16 load(const Number* from) {
    return load16(from);
  }
  template <int kPart>
  static LANET_INLINE Vector16 load_floats(const float* from) {
    return load16(from);
  }
  static LANET_INLINE void store(Number* to, const Vector16 (&parts)[1]) { store16(to, parts[0]); }
  static LANET_INLINE void store_floats(float* to, const Vector16 (&parts)[1]) { store16(to, parts[0]); }
};

#ifdef __AVX512F__

/// 32 channels of bf16 as two vectors, the even ones and the odd ones: one operation makes either of what memory holds.
struct Pair {
  static constexpr int kChannels = 32;
  static constexpr int kParts = 2;
  template <int kPart>
  static LANET_INLINE Vector16 load(const Bf16* from) {
    return kPart == 0 ? load_even16(from) : load_odd16(from);
  }
  template <int kPart>
  static LANET_INLINE Vector16 load_floats(const float* from) {
    const Vector16 low = load16(from), high = load16(from + 16);
    if constexpr (kPart == 0)
      return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    else
      return __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  }
  static LANET_INLINE void store(Bf16* to, const Vector16 (&parts)[2]) { store_pair16(to, parts[0], parts[1]); }
  static LANET_INLINE void store_floats(float* to, const Vector16 (&p)[2]) {
    store16(to, __builtin_shufflevector(p[0], p[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    store16(to + 16, __builtin_shufflevector(p[0], p[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
};

#endif

/// Calls work(offset, lanes) for each block of channels.
template <class Number, class Work>
LANET_INLINE void each_lanes(std::int64_t channels, const Work& work) {
  std::int64_t c = 0;
#ifdef __AVX512F__  // enough registers for pairs
  if constexpr (sizeof(Number) == sizeof(Bf16))
    for (; c + Pair::kChannels <= channels; c += Pair::kChannels) work(c, Pair{});
#endif
  for (; c < channels; c += Single<Number>::kChannels) work(c, Single<Number>{});
}

/// Which inputs make a result, forward: results tap x at S times their place and on.
template <int K, int S>
struct Forward {
  static constexpr int kKernel = K;
  // Results of a row that are worked on together: they, a row's weights and an input share the registers.
  static constexpr int kTile = S == 1 && kVectorRegisters >= 32 ? 8 : kVectorRegisters >= 8 ? 4 : 2;
  static constexpr int kColumns = S * (kTile - 1) + K;
  const DepthwiseShape& s;

  /// Input of tap kx for result t of a tile, counted from the tile's first; below 0: none.
  static constexpr int input(int t, int kx) { return S * t + kx; }
  std::int64_t first(std::int64_t column) const { return column * S - s.pad_left; }
  /// Row of tap ky for row y of the results; below 0: none.
  std::int64_t row(std::int64_t y, int ky) const {
    const std::int64_t row = y * S + ky - s.pad_top;
    return row < s.height ? row : -1;
  }
  std::int64_t in_height() const { return s.height; }
  std::int64_t in_width() const { return s.width; }
  std::int64_t out_height() const { return s.out_height; }
  std::int64_t out_width() const { return s.out_width; }
};

/// The gradient of x: result t takes tap kx from column (column + t + P - kx) / S of grad_y, where that is whole. P:
/// pad_left. column is a multiple of the tile, so that for stride 2 every index is known here.
template <int K, int S, int P>
struct Backward {
  static constexpr int kKernel = K;
  static constexpr int kTile = kVectorRegisters >= 32 ? 8 : kVectorRegisters >= 8 ? 4 : 2;  // even
  static constexpr int kLow = S == 1 ? P - K + 1 : (P - K + 1 - 1) / 2;  // at or below the lowest (t + P - kx) / S
  static constexpr int kColumns = (kTile - 1 + P) / S - kLow + 1;
  const DepthwiseShape& s;

  static constexpr int input(int t, int kx) { return (t + P - kx) % S == 0 ? (t + P - kx) / S - kLow : -1; }
  std::int64_t first(std::int64_t column) const { return column / S + kLow; }
  std::int64_t row(std::int64_t y, int ky) const {
    const std::int64_t scaled = y + s.pad_top - ky;
    return scaled % S == 0 && scaled / S < s.out_height ? scaled / S : -1;
  }
  std::int64_t in_height() const { return s.out_height; }
  std::int64_t in_width() const { return s.out_width; }
  std::int64_t out_height() const { return s.height; }
  std::int64_t out_width() const { return s.width; }
};

/// Adds what one row of the inputs contributes to a part of a tile. Columns outside low .. high - 1 do not exist
/// (kEdge).
template <class Form, class Lanes, int kPart, bool kEdge, class Number>
LANET_INLINE void add_row(const Number* line, std::int64_t channels, const float* weights, std::int64_t low,
                          std::int64_t high, Vector16 (&sum)[Form::kTile]) {
  Vector16 w[Form::kKernel];
#pragma GCC unroll 8
  for (int kx = 0; kx < Form::kKernel; ++kx) w[kx] = Lanes::template load_floats<kPart>(weights + kx * channels);
#pragma GCC unroll 32
  for (int j = 0; j < Form::kColumns; ++j) {
    if (kEdge && (j < low || j >= high)) continue;
    const Vector16 x = Lanes::template load<kPart>(line + j * channels);
#pragma GCC unroll 32
    for (int t = 0; t < Form::kTile; ++t)
#pragma GCC unroll 8
      for (int kx = 0; kx < Form::kKernel; ++kx)
        if (Form::input(t, kx) == j) sum[t] += x * w[kx];
  }
}

template <class Form, class Lanes, bool kEdge, class Number>
LANET_INLINE void tile(const Form& form, const Number* image, std::int64_t channels, const float* weights, Number* out,
                       std::int64_t y, std::int64_t column) {
  if (!kEdge) {
#pragma GCC unroll 16
    for (int t = 0; t < Form::kTile; ++t) __builtin_prefetch(out + t * channels, 1, 3);
  }
  const std::int64_t first = form.first(column), low = -first, high = form.in_width() - first;
  Vector16 sum[Lanes::kParts][Form::kTile];
#pragma GCC unroll 2
  for (int part = 0; part < Lanes::kParts; ++part)
#pragma GCC unroll 32
    for (int t = 0; t < Form::kTile; ++t) sum[part][t] = zero16();
  for (int ky = 0; ky < Form::kKernel; ++ky) {
    const std::int64_t row = form.row(y, ky);
    if (row < 0) continue;
    const Number* line = image + (row * form.in_width() + first) * channels;
    if (!kEdge && ky == Form::kKernel - 1) {
#pragma GCC unroll 16
      for (int j = 0; j < Form::kColumns; ++j) __builtin_prefetch(line + (form.in_width() + j) * channels, 0, 2);
    }
    const float* row_weights = weights + ky * Form::kKernel * channels;
    add_row<Form, Lanes, 0, kEdge>(line, channels, row_weights, low, high, sum[0]);
    if constexpr (Lanes::kParts == 2) add_row<Form, Lanes, 1, kEdge>(line, channels, row_weights, low, high, sum[1]);
  }
#pragma GCC unroll 32
  for (int t = 0; t < Form::kTile; ++t) {
    if (kEdge && column + t >= form.out_width()) break;
    if constexpr (Lanes::kParts == 2)
      Lanes::store(out + t * channels, {sum[0][t], sum[1][t]});
    else
      Lanes::store(out + t * channels, {sum[0][t]});
  }
}

template <class Form, class Number>
void result_rows(const Form& form, std::int64_t channels, const Number* in, const float* weights, Number* out,
                 std::int64_t first_row, std::int64_t last_row) {
  for (std::int64_t row = first_row; row < last_row; ++row) {
    const std::int64_t y = row % form.out_height();
    const Number* image = in + row / form.out_height() * form.in_height() * form.in_width() * channels;
    Number* line = out + row * form.out_width() * channels;
    for (std::int64_t column = 0; column < form.out_width(); column += Form::kTile) {
      const std::int64_t first = form.first(column);
      const bool inside =
          column + Form::kTile <= form.out_width() && first >= 0 && first + Form::kColumns <= form.in_width();
      each_lanes<Number>(channels, [&](std::int64_t c, auto lanes) LANET_INLINE_CALL {
        using Lanes = decltype(lanes);
        Number* to = line + column * channels + c;
        if (inside)
          tile<Form, Lanes, false>(form, image + c, channels, weights + c, to, y, column);
        else
          tile<Form, Lanes, true>(form, image + c, channels, weights + c, to, y, column);
      });
    }
  }
}

/// Adds to R rows of the weights' gradient, one part of a block of channels, what a line of grad_y and the R lines of x
/// from `x` on, `line` numbers apart, contribute.
template <class Lanes, int kPart, int K, int S, int R, class Number>
LANET_INLINE void weights_line(const DepthwiseShape& s, const Number* x, std::int64_t line, const Number* grad_y,
                               Vector16 (&sum)[R][K]) {
  constexpr int kTile = kVectorRegisters < 32 ? 2 : R * K > 8 ? 2 : 4;
  constexpr int kColumns = S * (kTile - 1) + K;
  const std::int64_t channels = s.channels;
  std::int64_t column = 0;
  while (column < s.out_width) {
    const std::int64_t first = column * S - s.pad_left;
    const Number* from = x + first * channels;
    const Number* g_from = grad_y + column * channels;
    if (column + kTile <= s.out_width && first >= 0 && first + kColumns <= s.width) {
      Vector16 g[kTile];
#pragma GCC unroll 8
      for (int t = 0; t < kTile; ++t) g[t] = Lanes::template load<kPart>(g_from + t * channels);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 32
        for (int j = 0; j < kColumns; ++j) {
          const Vector16 value = Lanes::template load<kPart>(from + r * line + j * channels);
#pragma GCC unroll 8
          for (int t = 0; t < kTile; ++t)
            if (j - S * t >= 0 && j - S * t < K) sum[r][j - S * t] += value * g[t];
        }
      column += kTile;
    } else {
      const Vector16 g = Lanes::template load<kPart>(g_from);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
        for (int kx = 0; kx < K; ++kx)
          if (first + kx >= 0 && first + kx < s.width)
            sum[r][kx] += Lanes::template load<kPart>(from + r * line + kx * channels) * g;
      ++column;
    }
  }
}

/// R rows of the weights' gradient, one block of channels.
template <class Lanes, int K, int S, int R, class Number>
LANET_INLINE void weights_block(const DepthwiseShape& s, const Number* x, const Number* grad_y, float* grad_weights) {
  Vector16 sum[Lanes::kParts][R][K];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int kx = 0; kx < K; ++kx) {
      const float* from = grad_weights + (r * K + kx) * s.channels;
      sum[0][r][kx] = Lanes::template load_floats<0>(from);
      if constexpr (Lanes::kParts == 2) sum[1][r][kx] = Lanes::template load_floats<1>(from);
    }
  weights_line<Lanes, 0, K, S, R>(s, x, s.width * s.channels, grad_y, sum[0]);
  if constexpr (Lanes::kParts == 2) weights_line<Lanes, 1, K, S, R>(s, x, s.width * s.channels, grad_y, sum[1]);
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int kx = 0; kx < K; ++kx) {
      float* to = grad_weights + (r * K + kx) * s.channels;
      if constexpr (Lanes::kParts == 2)
        Lanes::store_floats(to, {sum[0][r][kx], sum[1][r][kx]});
      else
        Lanes::store_floats(to, {sum[0][r][kx]});
    }
}

template <class Number, int K, int S>
void weights_rows(const DepthwiseShape& s, const Number* x, const Number* grad_y, float* grad_weights,
                  std::int64_t first, std::int64_t last) {
  constexpr int kTogether = kVectorRegisters < 32 ? 1 : K == 3 ? 3 : 2;  // their sums stay in registers
  for (std::int64_t row = first; row < last; ++row) {
    const Number* image = x + row / s.out_height * s.height * s.width * s.channels;
    const Number* line = grad_y + row * s.out_width * s.channels;
    const std::int64_t top = row % s.out_height * S - s.pad_top;
    for (int ky = 0; ky < K;) {
      const std::int64_t y = top + ky;
      if (y < 0 || y >= s.height) {
        ++ky;
        continue;
      }
      const bool together = ky + kTogether <= K && y + kTogether <= s.height;
      each_lanes<Number>(s.channels, [&](std::int64_t c, auto lanes) LANET_INLINE_CALL {
        using Lanes = decltype(lanes);
        const Number* from = image + y * s.width * s.channels + c;
        float* to = grad_weights + ky * K * s.channels + c;
        if (together)
          weights_block<Lanes, K, S, kTogether>(s, from, line + c, to);
        else
          weights_block<Lanes, K, S, 1>(s, from, line + c, to);
      });
      ky += together ? kTogether : 1;
    }
  }
}

template <class Number, int K, int S>
void forward_rows(const DepthwiseShape& s, const Number* x, const float* weights, Number* y, std::int64_t first,
                  std::int64_t last) {
  result_rows(Forward<K, S>{s}, s.channels, x, weights, y, first, last);
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
      return result_rows(Backward<K, S, 0>{s}, s.channels, grad_y, weights, grad_x, first, last);
    case 1:
      return result_rows(Backward<K, S, 1>{s}, s.channels, grad_y, weights, grad_x, first, last);
    default:
      return result_rows(Backward<K, S, 2>{s}, s.channels, grad_y, weights, grad_x, first, last);
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
