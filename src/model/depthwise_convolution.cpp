#include "model/depthwise_convolution.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>
#include <torch/torch.h>

#include "model/kernel_step.hpp"
#include "model/kernel_tasks.hpp"
#include "model/library_convolution.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor empty_like_size(const torch::Tensor& x, std::int64_t height, std::int64_t width) {
  return torch::empty({x.size(0), x.size(1), height, width},
                      x.options().memory_format(torch::MemoryFormat::ChannelsLast));
}

torch::Tensor run_forward(const DepthwiseShape& shape, const torch::Tensor& x, const torch::Tensor& taps) {
  RECORD_USER_SCOPE("lanet::depthwise");
  torch::Tensor y = empty_like_size(x, shape.out_height, shape.out_width);
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    at::parallel_for(0, shape.out_rows(), kRowsATask, [&](std::int64_t first, std::int64_t last) {
      depthwise_kernels<Number>().forward(shape, data_of<Number>(x), data_of<float>(taps), data_of<Number>(y), first,
                                          last);
    });
  });
  return y;
}

torch::Tensor run_backward_input(const DepthwiseShape& shape, const torch::Tensor& grad_y, const torch::Tensor& taps) {
  RECORD_USER_SCOPE("lanet::depthwise_backward_input");
  torch::Tensor grad_x = empty_like_size(grad_y, shape.height, shape.width);
  for_number_type(grad_y, [&](auto kind) {
    using Number = decltype(kind);
    at::parallel_for(0, shape.rows(), kRowsATask, [&](std::int64_t first, std::int64_t last) {
      depthwise_kernels<Number>().backward_input(shape, data_of<Number>(grad_y), data_of<float>(taps),
                                                 data_of<Number>(grad_x), first, last);
    });
  });
  return grad_x;
}

/// fp32 [C, 1, k, k].
torch::Tensor run_backward_weights(const DepthwiseShape& shape, const torch::Tensor& x, const torch::Tensor& grad_y) {
  RECORD_USER_SCOPE("lanet::depthwise_backward_weights");
  torch::Tensor gradient;
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    gradient = weights_gradient(shape, [&](float* sums, std::int64_t first, std::int64_t last) {
      depthwise_kernels<Number>().backward_weights(shape, data_of<Number>(x), data_of<Number>(grad_y), sums, first,
                                                   last);
    });
  });
  return gradient;
}

LibraryConvolution by_library(const DepthwiseShape& shape) {
  return {shape.stride, shape.channels, {shape.pad_top, shape.pad_left, shape.out_height, shape.out_width}};
}

torch::Tensor chosen_forward(const DepthwiseShape& shape, const torch::Tensor& x, const torch::Tensor& weight) {
  return chosen_step(
      "depthwise.forward", x.scalar_type(), numbers_of(shape), [&] { return run_forward(shape, x, by_tap(weight)); },
      [&] { return by_library(shape).forward(x, weight.to(x.scalar_type())); });
}

class DepthwiseFunction : public torch::autograd::Function<DepthwiseFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const std::vector<std::int64_t>& numbers) {
    context->save_for_backward({x, weight});
    context->saved_data["shape"] = numbers;
    return chosen_forward(shape_from(numbers), x, weight);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], weight = saved[1].detach();
    const auto numbers = context->saved_data["shape"].toIntVector();
    const DepthwiseShape shape = shape_from(numbers);
    const auto type = x.scalar_type();
    const torch::Tensor grad_y = channels_last(grads[0]);
    variable_list result(3);
    if (context->needs_input_grad(0))
      result[0] = chosen_step(
          "depthwise.backward_input", type, numbers, [&] { return run_backward_input(shape, grad_y, by_tap(weight)); },
          [&] { return by_library(shape).backward_input(grad_y, x, weight.to(type)); });
    if (context->needs_input_grad(1))
      result[1] = chosen_step(
          "depthwise.backward_weights", type, numbers, [&] { return run_backward_weights(shape, x, grad_y); },
          [&] { return by_library(shape).backward_weights(grad_y, x, weight.to(type)).to(torch::kFloat32); });
    return result;
  }
};

}  // namespace

std::optional<torch::Tensor> depthwise_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                                   std::int64_t stride, const ConvolutionFrame& frame) {
  const bool autocast = at::autocast::is_autocast_enabled(torch::kCPU);
  const auto type = autocast && x.scalar_type() == torch::kFloat32 ? torch::kBFloat16 : x.scalar_type();
  const DepthwiseShape shape{x.size(0), x.size(2),     x.size(3),      x.size(1),        weight.size(2),
                             stride,    frame.pad_top, frame.pad_left, frame.out_height, frame.out_width};
  const bool fits = x.device().is_cpu() && (type == torch::kFloat32 || type == torch::kBFloat16) &&
                    weight.scalar_type() == torch::kFloat32 && weight.size(0) == x.size(1) && weight.size(1) == 1 &&
                    weight.size(2) == weight.size(3) && has_depthwise_kernel(shape);
  if (!fits) return std::nullopt;
  const torch::Tensor input = channels_last(x.to(type));
  const bool learns = torch::GradMode::is_enabled() && (input.requires_grad() || weight.requires_grad());
  if (!learns) return chosen_forward(shape, input, weight);
  return DepthwiseFunction::apply(input, weight, numbers_of(shape));
}

}  // namespace lanet
