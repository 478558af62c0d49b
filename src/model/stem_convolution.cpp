#include "model/stem_convolution.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>
#include <torch/torch.h>

#include "kernel/stem.hpp"
#include "model/kernel_tasks.hpp"

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

class StemFunction : public torch::autograd::Function<StemFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const std::vector<std::int64_t>& numbers, torch::ScalarType type) {
    context->save_for_backward({x});
    context->saved_data["shape"] = numbers;
    return run_forward(shape_from(numbers), x, by_tap(weight), type);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const StemShape shape = shape_from(context->saved_data["shape"].toIntVector());
    variable_list result(4);
    result[1] = run_backward_weights(shape, context->get_saved_variables()[0], channels_last(grads[0]));
    return result;
  }
};

}  // namespace

std::optional<torch::Tensor> stem_convolution(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                                              const ConvolutionFrame& frame) {
  const std::int64_t kernel = weight.size(2);
  StemShape shape{x.size(0), 0, 0, weight.size(0), kernel, stride, 0, 0, frame.out_height, frame.out_width};
  const bool is_grey = x.size(1) == 1 || x.stride(1) == 0;
  const bool fits = is_grey && x.device().is_cpu() && x.scalar_type() == torch::kFloat32 && !x.requires_grad() &&
                    weight.scalar_type() == torch::kFloat32 && weight.size(1) == x.size(1) &&
                    weight.size(3) == kernel && has_stem_kernel(shape);
  if (!fits) return std::nullopt;
  shape.height = (frame.out_height - 1) * stride + kernel;
  shape.width = stem_width(kernel, stride, frame.out_width);
  const torch::Tensor padded =
      torch::constant_pad_nd(x.select(1, 0), {frame.pad_left, shape.width - x.size(3) - frame.pad_left, frame.pad_top,
                                              shape.height - x.size(2) - frame.pad_top});
  const auto type = at::autocast::is_autocast_enabled(torch::kCPU) ? torch::kBFloat16 : torch::kFloat32;
  const torch::Tensor folded = weight.sum(1, /*keepdim=*/true);
  if (!torch::GradMode::is_enabled() || !weight.requires_grad())
    return run_forward(shape, padded, by_tap(folded), type);
  return StemFunction::apply(padded, folded, numbers_of(shape), type);
}

}  // namespace lanet
