#pragma once

#include <cstring>

#include <torch/types.h>

#include "kernel/depthwise.hpp"

namespace lanet {

/// [B, C, H, W] with the channels of a pixel side by side; the tensor itself where it is so already.
inline torch::Tensor channels_last(const torch::Tensor& x) { return x.contiguous(torch::MemoryFormat::ChannelsLast); }

/// Calls work(Number{}) with the kernels' type for a tensor of bf16 or fp32.
template <class Work>
void for_number_type(const torch::Tensor& tensor, const Work& work) {
  if (tensor.scalar_type() == torch::kBFloat16)
    work(Bf16{});
  else
    work(float{});
}

template <class Number>
Number* data_of(const torch::Tensor& tensor) {
  return static_cast<Number*>(tensor.data_ptr());
}

inline float* floats(const torch::Tensor& tensor) { return data_of<float>(tensor); }

inline float to_float(float value) { return value; }
inline float to_float(Bf16 half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace lanet
