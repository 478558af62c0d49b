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
      Vector16 sum{}, most = load_block(largest + c, size), count = load_block(ties + c, size);
      for (std::int64_t pixel = first; pixel < last; ++pixel) {
        const Vector16 value = load_block(x + pixel * channels + c, size);
        sum += value;
        count = value > most ? zero16() + 1 : value == most ? count + 1 : count;
        most = value > most ? value : most;
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
      const auto is_largest = load_block(x + at, size) == load_block(largest + c, size);
      const Vector16 even = load_block(of_mean + c, size);
      store_block(grad_x + at, is_largest ? even + load_block(of_largest + c, size) : even, size);
    });
}

/// Works on the block's numbers that count: all 16 or the lower 8.
constexpr int lanes_of(WholeBlock) { return 16; }
constexpr int lanes_of(HalfBlock) { return 8; }

template <class Number>
void over_channels(const Number* x, std::int64_t pixels, std::int64_t channels, float* mean, float* largest,
                   float* ties) {
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Number* line = x + pixel * channels;
    Vector16 sum{}, most = zero16() + kLowest;
    each_block(channels, [&](std::int64_t c, auto size) {
      const Vector16 value = load_block(line + c, size);
      sum += value;  // the upper half of a half block is 0
      if (lanes_of(size) == 16)
        most = value > most ? value : most;
      else
        for (int lane = 0; lane < lanes_of(size); ++lane)
          most[lane] = value[lane] > most[lane] ? value[lane] : most[lane];
    });
    float total = 0, top = kLowest, count = 0;
    for (int lane = 0; lane < 16; ++lane) {
      total += sum[lane];
      top = most[lane] > top ? most[lane] : top;
    }
    Vector16 equal{};
    each_block(channels, [&](std::int64_t c, auto size) {
      const Vector16 value = load_block(line + c, size);
      equal += value == top ? zero16() + 1 : zero16();
      if (lanes_of(size) == 8 && top == 0) equal[15] -= 8;  // the zeros that fill up a half block do not count
    });
    for (int lane = 0; lane < 16; ++lane) count += equal[lane];
    mean[pixel] = total / static_cast<float>(channels);
    largest[pixel] = top;
    ties[pixel] = count;
  }
}

template <class Number>
void over_channels_backward(const Number* x, std::int64_t pixels, std::int64_t channels, const float* of_mean,
                            const float* largest, const float* of_largest, Number* grad_x) {
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Vector16 even = zero16() + of_mean[pixel], peak = even + of_largest[pixel], top = zero16() + largest[pixel];
    each_block(channels, [&](std::int64_t c, auto size) {
      const std::int64_t at = pixel * channels + c;
      store_block(grad_x + at, load_block(x + at, size) == top ? peak : even, size);
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
