#include "model/stem_convolution.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>
#include <torch/torch.h>

#include "kernel/stem.hpp"
#include "model/kernel_step.hpp"
#include "model/kernel_tasks.hpp"
#include "model/library_convolution.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// x: [B, H, W] with its zeros.
torch::Tensor run_forward(const StemShape& shape, const torch::Tensor& x, const torch::Tensor& taps,
                          torch::ScalarType type) {
  RECORD_USER_SCOPE("lanet::stem");
  torch::Tensor y = torch::empty({shape.batch, shape.channels, shape.out_height, shape.out_width},
                                 torch::TensorOptions(type).memory_format(torch::MemoryFormat::ChannelsLast));
  for_number_type(y, [&](auto kind) {
    using Number = decltype(kind);
    at::parallel_for(0, shape.out_rows(), kRowsATask, [&](std::int64_t first, std::int64_t last) {
      stem_kernels<Number>().forward(shape, data_of<float>(x), data_of<float>(taps), data_of<Number>(y), first, last);
    });
  });
  return y;
}

torch::Tensor run_backward_weights(const StemShape& shape, const torch::Tensor& x, const torch::Tensor& grad_y) {
  RECORD_USER_SCOPE("lanet::stem_backward_weights");
  torch::Tensor gradient;
  for_number_type(grad_y, [&](auto kind) {
    using Number = decltype(kind);
    gradient = weights_gradient(shape, [&](float* sums, std::int64_t first, std::int64_t last) {
      stem_kernels<Number>().backward_weights(shape, data_of<float>(x), data_of<Number>(grad_y), sums, first, last);
    });
  });
  return gradient;
}

/// The images with the zeros that the kernels want around them, [B, H, W].
torch::Tensor with_zeros(const StemShape& shape, const torch::Tensor& x) {
  return torch::constant_pad_nd(x.select(1, 0), {shape.pad_left, shape.width - x.size(3) - shape.pad_left,
                                                 shape.pad_top, shape.height - x.size(2) - shape.pad_top});
}

/// The shape that the kernels see, whose zeros are in x already.
StemShape without_padding(StemShape shape) {
  shape.pad_top = shape.pad_left = 0;
  return shape;
}

LibraryConvolution by_library(const StemShape& shape) {
  return {shape.stride, 1, {shape.pad_top, shape.pad_left, shape.out_height, shape.out_width}};
}

/// What a step is known by: the size of x and its channels, which LibTorch reads all of.
std::vector<std::int64_t> sizes_of(const StemShape& shape, const torch::Tensor& x) {
  std::vector<std::int64_t> sizes = numbers_of(shape);
  sizes.insert(sizes.end(), {x.size(1), x.size(2), x.size(3)});
  return sizes;
}

torch::Tensor chosen_forward(const StemShape& shape, const torch::Tensor& x, const torch::Tensor& weight,
                             torch::ScalarType type) {
  return chosen_step(
      "stem.forward", type, sizes_of(shape, x),
      [&] {
        const torch::Tensor folded = weight.detach().sum(1, /*keepdim=*/true);
        return run_forward(without_padding(shape), with_zeros(shape, x), by_tap(folded), type);
      },
      [&] { return by_library(shape).forward(x.to(type), weight.detach().to(type)); });
}

class StemFunction : public torch::autograd::Function<StemFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const std::vector<std::int64_t>& numbers, torch::ScalarType type) {
    context->save_for_backward({x, weight});
    context->saved_data["shape"] = numbers;
    return chosen_forward(shape_from(numbers), x, weight, type);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], weight = saved[1].detach();
    const StemShape shape = shape_from(context->saved_data["shape"].toIntVector());
    const torch::Tensor grad_y = channels_last(grads[0]);
    const auto type = grad_y.scalar_type();
    variable_list result(4);
    result[1] = chosen_step(
        "stem.backward_weights", type, sizes_of(shape, x),
        [&] {
          // All channels are the same image.
          return run_backward_weights(without_padding(shape), with_zeros(shape, x), grad_y)
              .expand_as(weight)
              .contiguous();
        },
        [&] { return by_library(shape).backward_weights(grad_y, x.to(type), weight.to(type)).to(torch::kFloat32); });
    return result;
  }
};

}  // namespace

std::optional<torch::Tensor> stem_convolution(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                                              const ConvolutionFrame& frame) {
  const std::int64_t kernel = weight.size(2);
  StemShape shape{x.size(0),      0, 0, weight.size(0), kernel, stride, frame.pad_top, frame.pad_left, frame.out_height,
                  frame.out_width};
  const bool is_grey = x.size(1) == 1 || x.stride(1) == 0;
  const bool fits = is_grey && x.device().is_cpu() && x.scalar_type() == torch::kFloat32 && !x.requires_grad() &&
                    weight.scalar_type() == torch::kFloat32 && weight.size(1) == x.size(1) &&
                    weight.size(3) == kernel && has_stem_kernel(shape);
  if (!fits) return std::nullopt;
  shape.height = (frame.out_height - 1) * stride + kernel;
  shape.width = stem_width(kernel, stride, frame.out_width);
  const auto type = at::autocast::is_autocast_enabled(torch::kCPU) ? torch::kBFloat16 : torch::kFloat32;
  if (!torch::GradMode::is_enabled() || !weight.requires_grad()) return chosen_forward(shape, x, weight, type);
  return StemFunction::apply(x, weight, numbers_of(shape), type);
}

}  // namespace lanet
