// The normalization kernels, compiled once an instruction set like depthwise_isa.inl.
#include <cstdint>

#include "kernel/norm.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

inline __attribute__((always_inline)) Vector16 activated(Vector16 z, Activation activation) {
  if (activation == Activation::kNone) return z;
  // Written so that NaN stays NaN.
  z = z < 0 ? zero16() : z;
  if (activation == Activation::kRelu6) z = z > 6 ? zero16() + 6 : z;
  return z;
}

inline __attribute__((always_inline)) Vector16 passed(Vector16 g, Vector16 y, Activation activation) {
  if (activation == Activation::kNone) return g;
  g = y <= 0 ? zero16() : g;
  if (activation == Activation::kRelu6) g = y >= 6 ? zero16() : g;
  return g;
}

template <class Number>
void moments(const Number* x, std::int64_t channels, std::int64_t first, std::int64_t last, float* sums,
             float* squares) {
  clear(sums, channels);
  clear(squares, channels);
  each_piece<Number>(channels, 1, first, last, [=](std::int64_t from, std::int64_t to) {
    each_block(channels, [=](std::int64_t c, auto size) {
      const Vector16 origin = load_block(x + first * channels + c, size);
      Vector16 sum[2]{}, square[2]{};  // two chains hide the additions' latency
      const auto add = [&](std::int64_t row, int lane) {
        const Vector16 value = load_block(x + row * channels + c, size) - origin;
        sum[lane] += value;
        square[lane] += value * value;
      };
      std::int64_t row = from;
      for (; row + 1 < to; row += 2) {
        add(row, 0);
        add(row + 1, 1);
      }
      if (row < to) add(row, 0);
      add_block(sums + c, sum[0] + sum[1], size);
      add_block(squares + c, square[0] + square[1], size);
    });
  });
}

template <class Number>
void apply(const Number* x, const Number* residual, const float* scale, const float* shift, Activation activation,
           Number* y, std::int64_t channels, std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row)
    each_block(channels, [=](std::int64_t c, auto size) {
      const std::int64_t at = row * channels + c;
      Vector16 z = load_block(x + at, size) * load_block(scale + c, size) + load_block(shift + c, size);
      if (residual) z += load_block(residual + at, size);
      store_block(y + at, activated(z, activation), size);
    });
}

template <class Number>
void backward_sums(const Number* x, const Number* y, const Number* grad_y, const float* mean, Activation activation,
                   std::int64_t channels, std::int64_t first, std::int64_t last, float* sums, float* products) {
  clear(sums, channels);
  clear(products, channels);
  each_piece<Number>(channels, 3, first, last, [=](std::int64_t from, std::int64_t to) {
    each_block(channels, [=](std::int64_t c, auto size) {
      const Vector16 centre = load_block(mean + c, size);
      Vector16 sum[2]{}, product[2]{};
      const auto add = [&](std::int64_t row, int lane) {
        const std::int64_t at = row * channels + c;
        const Vector16 slope = activation == Activation::kNone ? zero16() : load_block(y + at, size);
        const Vector16 g = passed(load_block(grad_y + at, size), slope, activation);
        sum[lane] += g;
        product[lane] += g * (load_block(x + at, size) - centre);
      };
      std::int64_t row = from;
      for (; row + 1 < to; row += 2) {
        add(row, 0);
        add(row + 1, 1);
      }
      if (row < to) add(row, 0);
      add_block(sums + c, sum[0] + sum[1], size);
      add_block(products + c, product[0] + product[1], size);
    });
  });
}

template <class Number>
void backward_apply(const Number* x, const Number* y, const Number* grad_y, const float* by_g, const float* by_x,
                    const float* constant, Activation activation, Number* grad_x, Number* grad_residual,
                    std::int64_t channels, std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row)
    each_block(channels, [=](std::int64_t c, auto size) {
      const std::int64_t at = row * channels + c;
      const Vector16 slope = activation == Activation::kNone ? zero16() : load_block(y + at, size);
      const Vector16 g = passed(load_block(grad_y + at, size), slope, activation);
      if (grad_residual) store_block(grad_residual + at, g, size);
      store_block(grad_x + at,
                  load_block(by_g + c, size) * g + load_block(by_x + c, size) * load_block(x + at, size) +
                      load_block(constant + c, size),
                  size);
    });
}

}  // namespace

#define LANET_TEXT_OF(name) #name
#define LANET_TEXT(name) LANET_TEXT_OF(name)
extern const NormKernels<float> kNormFloat;
extern const NormKernels<Bf16> kNormBf16;
const NormKernels<float> kNormFloat{moments<float>, apply<float>, backward_sums<float>, backward_apply<float>,
                                    LANET_TEXT(LANET_ISA)};
const NormKernels<Bf16> kNormBf16{moments<Bf16>, apply<Bf16>, backward_sums<Bf16>, backward_apply<Bf16>,
                                  LANET_TEXT(LANET_ISA)};

}  // namespace lanet::LANET_ISA
