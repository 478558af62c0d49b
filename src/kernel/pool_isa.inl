// The pooling kernels, compiled once an instruction set like depthwise_isa.inl.
#include <cstdint>

#include "kernel/pool.hpp"
#include "kernel/vector16.inl"

namespace lanet::LANET_ISA {
namespace {

constexpr float kLowest = -__builtin_inff();

template <class Number>
void over_pixels(const Number* x, std::int64_t pixels, std::int64_t channels, float* mean, float* largest,
                 float* ties) {
  for (std::int64_t c = 0; c < channels; ++c) {
    mean[c] = 0;
    largest[c] = kLowest;
    ties[c] = 0;
  }
  each_piece<Number>(channels, 1, 0, pixels, [=](std::int64_t first, std::int64_t last) {
    each_block(channels, [=](std::int64_t c, auto size) {
      Vector16 sum = zero16(), most = load_block(largest + c, size), count = load_block(ties + c, size);
      for (std::int64_t pixel = first; pixel < last; ++pixel) {
        const Vector16 value = load_block(x + pixel * channels + c, size);
        sum += value;
        const auto is_more = is_below(most, value);
        count = select16(is_more, all16(1), select16(is_equal(value, most), count + all16(1), count));
        most = select16(is_more, value, most);
      }
      add_block(mean + c, sum, size);
      store_block(largest + c, most, size);
      store_block(ties + c, count, size);
    });
  });
  const float share = 1.0F / static_cast<float>(pixels);
  for (std::int64_t c = 0; c < channels; ++c) mean[c] *= share;
}

template <class Number>
void over_pixels_backward(const Number* x, std::int64_t pixels, std::int64_t channels, const float* of_mean,
                          const float* largest, const float* of_largest, Number* grad_x) {
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
    each_block(channels, [=](std::int64_t c, auto size) {
      const std::int64_t at = pixel * channels + c;
      const auto is_largest = is_equal(load_block(x + at, size), load_block(largest + c, size));
      const Vector16 even = load_block(of_mean + c, size);
      store_block(grad_x + at, select16(is_largest, even + load_block(of_largest + c, size), even), size);
    });
}

/// The block's numbers, those that do not count replaced.
template <class Number>
LANET_INLINE Vector16 load_filled(const Number* from, const Vector16&, WholeBlock) {
  return load16(from);
}
template <class Number>
LANET_INLINE Vector16 load_filled(const Number* from, const Vector16& filling, HalfBlock) {
  Numbers16 numbers = numbers_of(filling), counting = numbers_of(load_block(from, HalfBlock{}));
  for (int lane = 0; lane < 8; ++lane) numbers.at[lane] = counting.at[lane];
  return load16(numbers.at);
}

template <class Number>
void over_channels(const Number* x, std::int64_t pixels, std::int64_t channels, float* mean, float* largest,
                   float* ties) {
  const Vector16 lowest = all16(kLowest), nothing = all16(__builtin_nanf(""));  // NaN equals nothing
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Number* line = x + pixel * channels;
    Vector16 sum = zero16(), most = lowest;
    each_block(channels, [&](std::int64_t c, auto size) LANET_INLINE_CALL {
      sum += load_block(line + c, size);  // the upper half of a half block is 0
      const Vector16 value = load_filled(line + c, lowest, size);
      most = select16(is_below(most, value), value, most);
    });
    const Numbers16 sums = numbers_of(sum), tops = numbers_of(most);
    float total = 0, top = kLowest, count = 0;
    for (int lane = 0; lane < 16; ++lane) {
      total += sums.at[lane];
      top = tops.at[lane] > top ? tops.at[lane] : top;
    }
    Vector16 equal = zero16();
    each_block(channels, [&](std::int64_t c, auto size) LANET_INLINE_CALL {
      equal += select16(is_equal(load_filled(line + c, nothing, size), all16(top)), all16(1), zero16());
    });
    const Numbers16 equals = numbers_of(equal);
    for (int lane = 0; lane < 16; ++lane) count += equals.at[lane];
    mean[pixel] = total / static_cast<float>(channels);
    largest[pixel] = top;
    ties[pixel] = count;
  }
}

template <class Number>
void over_channels_backward(const Number* x, std::int64_t pixels, std::int64_t channels, const float* of_mean,
                            const float* largest, const float* of_largest, Number* grad_x) {
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Vector16 even = all16(of_mean[pixel]), peak = even + all16(of_largest[pixel]), top = all16(largest[pixel]);
    each_block(channels, [&](std::int64_t c, auto size) {
      const std::int64_t at = pixel * channels + c;
      store_block(grad_x + at, select16(is_equal(load_block(x + at, size), top), peak, even), size);
    });
  }
}

}  // namespace

#define LANET_TEXT_OF(name) #name
#define LANET_TEXT(name) LANET_TEXT_OF(name)
extern const PoolKernels<float> kPoolFloat;
extern const PoolKernels<Bf16> kPoolBf16;
const PoolKernels<float> kPoolFloat{over_pixels<float>, over_pixels_backward<float>, over_channels<float>,
                                    over_channels_backward<float>, LANET_TEXT(LANET_ISA)};
const PoolKernels<Bf16> kPoolBf16{over_pixels<Bf16>, over_pixels_backward<Bf16>, over_channels<Bf16>,
                                  over_channels_backward<Bf16>, LANET_TEXT(LANET_ISA)};

}  // namespace lanet::LANET_ISA
