#include "model/convolution.hpp"

#include <cstring>

#include <ATen/OpMathType.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>

#include "model/channels_last.hpp"
#include "model/kernel_step.hpp"
#include "model/library_convolution.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kKernel = 3;
constexpr std::int64_t kTaps = kKernel * kKernel;
constexpr std::int64_t kPadding = 1;
constexpr std::int64_t kSmallMap = 64;  // positions of a result up to which the matrix product is the faster one

/// [B, C, H, W] in bf16 -> [B * rows * columns, 9 * C]: what each result of a 3 x 3 convolution reads.
torch::Tensor unfolded(const torch::Tensor& x, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
  RECORD_USER_SCOPE("lanet::unfold");
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3), lines = x.size(0) * rows;
  const torch::Tensor result = torch::empty({lines * columns, kTaps * channels}, x.options());
  const Bf16* from = data_of<Bf16>(x);
  Bf16* to = data_of<Bf16>(result);
  const auto bytes = static_cast<std::size_t>(channels) * sizeof(Bf16);
  at::parallel_for(0, lines, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t line = first; line < last; ++line)
      for (std::int64_t column = 0; column < columns; ++column)
        for (std::int64_t tap = 0; tap < kTaps; ++tap) {
          const std::int64_t row = line % rows * stride + tap / kKernel - kPadding;
          const std::int64_t place = column * stride + tap % kKernel - kPadding;
          Bf16* target = to + ((line * columns + column) * kTaps + tap) * channels;
          if (row < 0 || row >= height || place < 0 || place >= width)
            std::memset(target, 0, bytes);
          else
            std::memcpy(target, from + ((line / rows * height + row) * width + place) * channels, bytes);
        }
  });
  return result;
}

/// [O, C, 3, 3].
torch::Tensor weights_gradient(const torch::Tensor& x, const torch::Tensor& grad_y, std::int64_t stride) {
  const std::int64_t outputs = grad_y.size(1);
  const torch::Tensor by_place = grad_y.permute({0, 2, 3, 1}).reshape({-1, outputs});
  const torch::Tensor product = torch::mm(by_place.t(), unfolded(x, grad_y.size(2), grad_y.size(3), stride));
  return product.view({outputs, kKernel, kKernel, x.size(1)}).permute({0, 3, 1, 2});
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               std::int64_t stride) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    return torch::conv2d(x, weight, {}, stride, kPadding);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const std::int64_t stride = context->saved_data["stride"].toInt();
    const torch::Tensor grad_y = channels_last(grads[0]), &x = saved[0], &weight = saved[1];
    const LibraryConvolution by_library{stride, 1, {kPadding, kPadding, grad_y.size(2), grad_y.size(3)}};
    variable_list result(3);
    if (context->needs_input_grad(0)) result[0] = by_library.backward_input(grad_y, x, weight);
    if (context->needs_input_grad(1))
      result[1] = chosen_step(
          "convolution.backward_weights", x.scalar_type(),
          {x.size(0), x.size(2), x.size(3), x.size(1), grad_y.size(1), stride},
          [&] { return weights_gradient(x, grad_y, stride); },
          [&] { return by_library.backward_weights(grad_y, x, weight); });
    return result;
  }
};

}  // namespace

torch::Tensor convolve(torch::nn::Conv2d& layer, const torch::Tensor& x) {
  const torch::Tensor& weight = layer->weight;
  const std::int64_t stride = (*layer->options.stride())[0];
  const std::int64_t places = x.size(2) / stride * (x.size(3) / stride);
  const bool is_bf16 = x.scalar_type() == torch::kBFloat16 || at::autocast::is_autocast_enabled(torch::kCPU);
  const bool pays = x.device().is_cpu() && is_bf16 && torch::GradMode::is_enabled() && weight.requires_grad() &&
                    weight.size(2) == kKernel && weight.size(3) == kKernel && !layer->bias.defined() &&
                    layer->options.groups() == 1 && (stride == 2 || (stride == 1 && places <= kSmallMap));
  if (!pays) return layer->forward(x);
  return ConvolutionFunction::apply(channels_last(x.to(torch::kBFloat16)), weight.to(torch::kBFloat16), stride);
}

torch::Tensor squeeze(torch::nn::Conv2d& layer, const torch::Tensor& x) {
  const torch::Tensor &weight = layer->weight, &bias = layer->bias;
  const auto own = [&](const torch::Tensor& input, const torch::Tensor& w) {
    const torch::Tensor taps = w.flip({2, 3}).reshape({input.size(1), kTaps}).t();
    const torch::Tensor apart = torch::conv2d(input, taps.reshape({kTaps, input.size(1), 1, 1}));
    const torch::Tensor sums =
        torch::col2im(apart.to(at::toOpMathType(apart.scalar_type())).flatten(2), {input.size(2), input.size(3)},
                      {kKernel, kKernel}, {1, 1}, {kPadding, kPadding}, {1, 1});
    return bias.defined() ? sums + bias : sums;
  };
  const auto library = [&](const torch::Tensor& input, const torch::Tensor& w) {
    const torch::Tensor sums = torch::conv2d(input, w, {}, 1, kPadding);
    const torch::Tensor wide = sums.to(at::toOpMathType(sums.scalar_type()));
    return bias.defined() ? wide + bias : wide;
  };
  if (!x.device().is_cpu()) return library(x, weight);
  const bool learns = torch::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
  // What a step costs is its way forward and, in training, the way back.
  const auto cost = [&](const auto& way) {
    return [&, learns] {
      const torch::Tensor input = x.detach(), w = weight.detach().clone();
      if (!learns) return void(way(input, w));
      const torch::Tensor leaf = input.requires_grad_(true);
      w.requires_grad_(true);
      const torch::Tensor y = way(leaf, w);
      torch::autograd::grad({y}, {leaf, w}, {torch::ones_like(y)});
    };
  };
  const auto type = at::autocast::is_autocast_enabled(torch::kCPU) ? torch::kBFloat16 : x.scalar_type();
  return chosen_step(
      learns ? "squeeze.training" : "squeeze.forward", type, x.sizes().vec(), [&] { return own(x, weight); },
      [&] { return library(x, weight); }, cost(own), cost(library));
}

}  // namespace lanet
