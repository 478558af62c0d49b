#pragma once

#include <algorithm>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "kernel/depthwise.hpp"
#include "model/channels_last.hpp"

namespace lanet {

/// Rows of a convolution that a thread takes at least.
inline constexpr std::int64_t kRowsATask = 4;
/// A weights' gradient is summed in this many parts, whatever the number of threads: so its digits do not depend on it.
inline constexpr std::int64_t kParts = 16;

/// [C, 1, k, k] as the kernels want it: fp32 [k * k, C].
inline torch::Tensor by_tap(const torch::Tensor& weight) {
  return weight.detach().to(torch::kFloat32).reshape({weight.size(0), -1}).t().contiguous();
}

/// The gradient of the weights, fp32 [C, 1, k, k]: work(sums, first, last) adds to sums [k * k, C] what the rows first
/// .. last - 1 of y contribute.
template <class Work>
torch::Tensor weights_gradient(const DepthwiseShape& shape, const Work& work) {
  const std::int64_t parts = std::min(kParts, shape.out_rows());
  const torch::Tensor sums = torch::zeros({parts, shape.taps(), shape.channels}, torch::kFloat32);
  at::parallel_for(0, parts, 1, [&](std::int64_t first_part, std::int64_t last_part) {
    for (std::int64_t part = first_part; part < last_part; ++part)
      work(data_of<float>(sums) + part * shape.taps() * shape.channels, part * shape.out_rows() / parts,
           (part + 1) * shape.out_rows() / parts);
  });
  return sums.sum(0).t().reshape({shape.channels, 1, shape.kernel, shape.kernel});
}

/// A shape as what an autograd node can keep, and back.
inline std::vector<std::int64_t> numbers_of(const DepthwiseShape& s) {
  return {s.batch, s.height, s.width, s.channels, s.kernel, s.stride, s.pad_top, s.pad_left, s.out_height, s.out_width};
}
inline DepthwiseShape shape_from(const std::vector<std::int64_t>& numbers) {
  return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
          numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]};
}

}  // namespace lanet
