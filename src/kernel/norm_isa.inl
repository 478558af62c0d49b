// The normalization kernels, compiled once an instruction set like depthwise_isa.inl.
#include <cstdint>
#include <type_traits>

#include "kernel/norm.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

/// Calls work(activation) with an activation that is known at compile time: a branch in the innermost loop costs more
/// than the arithmetic.
template <class Work>
LANET_INLINE void for_activation(Activation activation, const Work& work) {
  switch (activation) {
    case Activation::kNone:
      return work(std::integral_constant<Activation, Activation::kNone>{});
    case Activation::kRelu:
      return work(std::integral_constant<Activation, Activation::kRelu>{});
    case Activation::kRelu6:
      return work(std::integral_constant<Activation, Activation::kRelu6>{});
  }
}

/// NaN stays NaN.
LANET_INLINE Vector16 activated(Vector16 z, Activation activation) {
  if (activation == Activation::kNone) return z;
  const Vector16 low = zero16(), high = all16(6);
  z = select16(is_below(z, low), low, z);
  return activation == Activation::kRelu6 ? select16(is_below(high, z), high, z) : z;
}

/// g where the activation's result y has slope 1, or is NaN, else 0.
LANET_INLINE Vector16 passed(Vector16 g, Vector16 y, Activation activation) {
  if (activation == Activation::kNone) return g;
  const Vector16 low = zero16(), high = all16(6);
  g = select16(is_at_most(y, low), low, g);
  return activation == Activation::kRelu6 ? select16(is_at_most(high, y), low, g) : g;
}

/// The gradient before the activation, from that after it.
template <class Number, class Known, class Size>
LANET_INLINE Vector16 gradient_before(const Number* y, const Number* grad_y, Known activation, Size size) {
  const Vector16 g = load_block(grad_y, size);
  if constexpr (activation() == Activation::kNone)
    return g;
  else
    return passed(g, load_block(y, size), activation());
}

template <class Number>
void moments(const Number* x, std::int64_t channels, std::int64_t first, std::int64_t last, float* sums,
             float* squares) {
  clear(sums, channels);
  clear(squares, channels);
  each_piece<Number>(channels, 1, first, last, [=](std::int64_t from, std::int64_t to) LANET_INLINE_CALL {
    each_block(channels, [=](std::int64_t c, auto size) LANET_INLINE_CALL {
      const Vector16 origin = load_block(x + first * channels + c, size);
      Vector16 sum[2]{zero16(), zero16()}, square[2]{zero16(), zero16()};  // two chains hide the additions' latency
      const auto add = [&](std::int64_t row, int lane) LANET_INLINE_CALL {
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
  for_activation(activation, [=](auto known) LANET_INLINE_CALL {
    const auto run = [=](auto adds) LANET_INLINE_CALL {
      for (std::int64_t row = first; row < last; ++row)
        each_block(channels, [=](std::int64_t c, auto size) LANET_INLINE_CALL {
          const std::int64_t at = row * channels + c;
          Vector16 z = load_block(x + at, size) * load_block(scale + c, size) + load_block(shift + c, size);
          if constexpr (adds()) z += load_block(residual + at, size);
          store_block(y + at, activated(z, known()), size);
        });
    };
    residual ? run(std::true_type{}) : run(std::false_type{});
  });
}

template <class Number>
void backward_sums(const Number* x, const Number* y, const Number* grad_y, const float* mean, Activation activation,
                   std::int64_t channels, std::int64_t first, std::int64_t last, float* sums, float* products) {
  clear(sums, channels);
  clear(products, channels);
  for_activation(activation, [=](auto known) LANET_INLINE_CALL {
    each_piece<Number>(channels, 3, first, last, [=](std::int64_t from, std::int64_t to) LANET_INLINE_CALL {
      each_block(channels, [=](std::int64_t c, auto size) LANET_INLINE_CALL {
        const Vector16 centre = load_block(mean + c, size);
        Vector16 sum[2]{zero16(), zero16()}, product[2]{zero16(), zero16()};
        const auto add = [&](std::int64_t row, int lane) LANET_INLINE_CALL {
          const std::int64_t at = row * channels + c;
          const Vector16 g = gradient_before(y + at, grad_y + at, known, size);
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
  });
}

template <class Number>
void backward_apply(const Number* x, const Number* y, const Number* grad_y, const float* by_g, const float* by_x,
                    const float* constant, Activation activation, Number* grad_x, Number* grad_residual,
                    std::int64_t channels, std::int64_t first, std::int64_t last) {
  for_activation(activation, [=](auto known) LANET_INLINE_CALL {
    const auto run = [=](auto adds) LANET_INLINE_CALL {
      for (std::int64_t row = first; row < last; ++row)
        each_block(channels, [=](std::int64_t c, auto size) LANET_INLINE_CALL {
          const std::int64_t at = row * channels + c;
          const Vector16 g = gradient_before(y + at, grad_y + at, known, size);
          if constexpr (adds()) store_block(grad_residual + at, g, size);
          store_block(grad_x + at,
                      load_block(by_g + c, size) * g + load_block(by_x + c, size) * load_block(x + at, size) +
                          load_block(constant + c, size),
                      size);
        });
    };
    grad_residual ? run(std::true_type{}) : run(std::false_type{});
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
