#include "model/norm_activation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include "model/channels_last.hpp"
#include "model/kernel_step.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Sums run in this many parts, whatever the number of threads: so their digits do not depend on it.
constexpr std::int64_t kNormParts = 32;
constexpr std::int64_t kNumbersATask = 1 << 14;

std::int64_t rows_of(const torch::Tensor& x) { return x.size(0) * x.size(2) * x.size(3); }

/// Calls work(first, last) on ranges of rows, on all threads.
template <class Work>
void over_rows(const torch::Tensor& x, const Work& work) {
  at::parallel_for(0, rows_of(x), std::max<std::int64_t>(1, kNumbersATask / x.size(1)), work);
}

/// Calls work(part, first row, last row) for each of the fixed parts; returns how many there are.
template <class Work>
std::int64_t over_parts(const torch::Tensor& x, const Work& work) {
  const std::int64_t rows = rows_of(x), parts = std::min(kNormParts, rows);
  at::parallel_for(0, parts, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t part = first; part < last; ++part) work(part, part * rows / parts, (part + 1) * rows / parts);
  });
  return parts;
}

/// Of every channel, in double: what is common to a channel's elements must not add to their rounding.
struct Moments {
  torch::Tensor mean;      // [C] float64
  torch::Tensor variance;  // biased
};

double* doubles(const torch::Tensor& tensor) { return tensor.data_ptr<double>(); }

/// Parts are joined by Chan, Golub and LeVeque (1983).
Moments moments_of(const torch::Tensor& x) {
  RECORD_USER_SCOPE("lanet::norm_moments");
  const std::int64_t channels = x.size(1);
  const torch::Tensor sums = torch::empty({2, kNormParts, channels}, torch::kFloat32);
  const torch::Tensor origins = torch::empty({kNormParts, channels}, torch::kFloat32);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(kNormParts));
  std::int64_t parts = 0;
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    const Number* data = data_of<Number>(x);
    parts = over_parts(x, [&](std::int64_t part, std::int64_t first, std::int64_t last) {
      counts[static_cast<std::size_t>(part)] = last - first;
      norm_kernels<Number>().moments(data, channels, first, last, floats(sums) + part * channels,
                                     floats(sums) + (kNormParts + part) * channels);
      float* origin = floats(origins) + part * channels;
      for (std::int64_t c = 0; c < channels; ++c) origin[c] = to_float(data[first * channels + c]);
    });
  });
  const Moments moments{torch::zeros({channels}, torch::kFloat64), torch::zeros({channels}, torch::kFloat64)};
  double *mean = doubles(moments.mean), *spread = doubles(moments.variance);
  double count = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    const float *sum = floats(sums) + part * channels, *square = sum + kNormParts * channels;
    const float* origin = floats(origins) + part * channels;
    const double size = static_cast<double>(counts[static_cast<std::size_t>(part)]), both = count + size;
    const double share = size / both, weight = count * share;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double offset = static_cast<double>(sum[c]) / size;
      const double distance = static_cast<double>(origin[c]) + offset - mean[c];
      spread[c] +=
          std::max(0.0, static_cast<double>(square[c]) - size * offset * offset) + distance * distance * weight;
      mean[c] += distance * share;
    }
    count = both;
  }
  for (std::int64_t c = 0; c < channels; ++c) spread[c] /= count;
  return moments;
}

torch::Tensor run_apply(const torch::Tensor& x, const torch::Tensor& residual, const torch::Tensor& scale,
                        const torch::Tensor& shift, Activation activation) {
  RECORD_USER_SCOPE("lanet::norm");
  torch::Tensor y = torch::empty_like(x);
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    over_rows(x, [&](std::int64_t first, std::int64_t last) {
      norm_kernels<Number>().apply(data_of<Number>(x), residual.defined() ? data_of<Number>(residual) : nullptr,
                                   floats(scale), floats(shift), activation, data_of<Number>(y), x.size(1), first,
                                   last);
    });
  });
  return y;
}

struct Scaling {
  torch::Tensor scale, shift;  // [C] fp32
};

/// x * scale + shift = (x - mean) * inverse * weight + bias, inverse = 1 / deviation.
Scaling scaling_of(const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& mean,
                   const torch::Tensor& inverse) {
  Scaling scaling{torch::empty_like(weight), torch::empty_like(weight)};
  const float *weights = floats(weight), *biases = floats(bias);
  const double *means = doubles(mean), *inverses = doubles(inverse);
  float *scales = floats(scaling.scale), *shifts = floats(scaling.shift);
  for (std::int64_t c = 0; c < weight.numel(); ++c) {
    const double scale = weights[c] * inverses[c];
    scales[c] = static_cast<float>(scale);
    shifts[c] = static_cast<float>(biases[c] - means[c] * scale);
  }
  return scaling;
}

/// What the gradient needs of each channel; [C] fp32.
struct GradientScaling {
  torch::Tensor by_g, by_x, constant, grad_weight, grad_bias;
};

/// From the parts' sums of g and of g (x - mean), [2, kNormParts, C]:
/// grad_x = weight * inverse * (g - mean(g) - (x - mean) * inverse^2 * mean(g (x - mean))).
GradientScaling gradient_scaling(const torch::Tensor& sums, const torch::Tensor& weight, const torch::Tensor& mean,
                                 const torch::Tensor& inverse, std::int64_t parts, std::int64_t rows) {
  const auto empty = [&] { return torch::empty_like(weight); };
  const GradientScaling result{empty(), empty(), empty(), empty(), empty()};
  const std::int64_t channels = weight.numel();
  std::vector<double> sum(static_cast<std::size_t>(channels)), product(static_cast<std::size_t>(channels));
  for (std::int64_t part = 0; part < parts; ++part) {
    const float *of_g = floats(sums) + part * channels, *of_products = of_g + kNormParts * channels;
    for (std::size_t c = 0; c < sum.size(); ++c) {
      sum[c] += of_g[c];
      product[c] += of_products[c];
    }
  }
  const float* weights = floats(weight);
  const double *means = doubles(mean), *inverses = doubles(inverse);
  float *by_g = floats(result.by_g), *by_x = floats(result.by_x), *constant = floats(result.constant);
  float *grad_weight = floats(result.grad_weight), *grad_bias = floats(result.grad_bias);
  const double count = static_cast<double>(rows);
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double slope = weights[c] * inverses[c], bend = -slope * inverses[c] * inverses[c] * product[c] / count;
    by_g[c] = static_cast<float>(slope);
    by_x[c] = static_cast<float>(bend);
    constant[c] = static_cast<float>(-slope * sum[c] / count - bend * means[c]);
    grad_weight[c] = static_cast<float>(product[c] * inverses[c]);
    grad_bias[c] = static_cast<float>(sum[c]);
  }
  return result;
}

/// What a normalization does, besides x.
struct NormCall {
  torch::Tensor running_mean, running_var;
  bool training = true;
  double momentum = 0.1, epsilon = 1e-5;
  Activation activation = Activation::kNone;
};

/// Its result, with what the gradient and the running statistics need.
struct Normalized {
  torch::Tensor y;
  torch::Tensor mean, inverse;              // [C] float64: of this batch, 1 / deviation; undefined by LibTorch outside
                                            // training
  torch::Tensor running_mean, running_var;  // the next ones; undefined outside training
};

/// The module's own way of keeping its running statistics: (1 - momentum) * running + momentum * now * factor.
torch::Tensor next_statistics(const torch::Tensor& running, const torch::Tensor& now, double momentum, double factor) {
  torch::Tensor next = torch::empty_like(running);
  const float* old = floats(running);
  const double* values = doubles(now);
  float* kept = floats(next);
  for (std::int64_t c = 0; c < running.numel(); ++c)
    kept[c] = static_cast<float>((1 - momentum) * old[c] + momentum * factor * values[c]);
  return next;
}

Normalized by_own_kernels(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                          const torch::Tensor& residual, const NormCall& call) {
  const Moments moments = call.training
                              ? moments_of(x)
                              : Moments{call.running_mean.to(torch::kFloat64), call.running_var.to(torch::kFloat64)};
  Normalized result;
  result.mean = moments.mean;
  result.inverse = (moments.variance + call.epsilon).rsqrt();
  const auto [scale, shift] = scaling_of(weight, bias, result.mean, result.inverse);
  result.y = run_apply(x, residual, scale, shift, call.activation);
  if (call.training) {
    const std::int64_t count = rows_of(x);
    const double unbiased = static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, count - 1));
    result.running_mean = next_statistics(call.running_mean, moments.mean, call.momentum, 1);
    result.running_var = next_statistics(call.running_var, moments.variance, call.momentum, unbiased);
  }
  return result;
}

Normalized by_library(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                      const torch::Tensor& residual, const NormCall& call) {
  Normalized result;
  torch::Tensor running_mean = call.running_mean, running_var = call.running_var;
  if (call.training) {  // LibTorch writes into them
    running_mean = result.running_mean = running_mean.clone();
    running_var = result.running_var = running_var.clone();
  }
  const auto [y, mean, inverse] =
      at::native_batch_norm(x, weight, bias, running_mean, running_var, call.training, call.momentum, call.epsilon);
  result.y = y;
  if (call.training) {
    result.mean = mean.to(torch::kFloat64);
    result.inverse = inverse.to(torch::kFloat64);
  }
  if (residual.defined()) result.y += residual;
  if (call.activation == Activation::kRelu) result.y.relu_();
  if (call.activation == Activation::kRelu6) torch::relu6_(result.y);
  result.y = channels_last(result.y);
  return result;
}

/// What a step is known by.
std::vector<std::int64_t> sizes_of(const torch::Tensor& x, Activation activation, bool adds) {
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.insert(sizes.end(), {static_cast<std::int64_t>(activation), adds ? 1 : 0});
  return sizes;
}

/// Updates the running statistics in training.
Normalized normalize(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                     const torch::Tensor& residual, const NormCall& call) {
  const torch::NoGradGuard no_gradient;
  Normalized result = chosen_step(
      call.training ? "norm.training" : "norm.evaluation", x.scalar_type(),
      sizes_of(x, call.activation, residual.defined()), [&] { return by_own_kernels(x, weight, bias, residual, call); },
      [&] { return by_library(x, weight, bias, residual, call); });
  if (call.training) {
    call.running_mean.copy_(result.running_mean);
    call.running_var.copy_(result.running_var);
  }
  return result;
}

struct NormGradients {
  torch::Tensor x, weight, bias, residual;
};

NormGradients backward_by_own_kernels(const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& grad_y,
                                      const torch::Tensor& weight, const torch::Tensor& mean,
                                      const torch::Tensor& inverse, Activation activation, bool adds) {
  RECORD_USER_SCOPE("lanet::norm_backward");
  const std::int64_t channels = x.size(1);
  const torch::Tensor sums = torch::empty({2, kNormParts, channels}, torch::kFloat32);
  const torch::Tensor centre = mean.to(torch::kFloat32);
  GradientScaling scaling;
  const torch::Tensor grad_x = torch::empty_like(x);
  const torch::Tensor grad_residual = adds ? torch::empty_like(x) : torch::Tensor();
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    const NormKernels<Number>& kernels = norm_kernels<Number>();
    const std::int64_t parts = over_parts(x, [&](std::int64_t part, std::int64_t first, std::int64_t last) {
      kernels.backward_sums(data_of<Number>(x), data_of<Number>(y), data_of<Number>(grad_y), floats(centre), activation,
                            channels, first, last, floats(sums) + part * channels,
                            floats(sums) + (kNormParts + part) * channels);
    });
    scaling = gradient_scaling(sums, weight, mean, inverse, parts, rows_of(x));
    over_rows(x, [&](std::int64_t first, std::int64_t last) {
      kernels.backward_apply(data_of<Number>(x), data_of<Number>(y), data_of<Number>(grad_y), floats(scaling.by_g),
                             floats(scaling.by_x), floats(scaling.constant), activation, data_of<Number>(grad_x),
                             adds ? data_of<Number>(grad_residual) : nullptr, channels, first, last);
    });
  });
  return {grad_x, scaling.grad_weight, scaling.grad_bias, grad_residual};
}

NormGradients backward_by_library(const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& grad_y,
                                  const torch::Tensor& weight, const torch::Tensor& mean, const torch::Tensor& inverse,
                                  Activation activation, bool adds) {
  const torch::Tensor g = activation == Activation::kNone   ? grad_y
                          : activation == Activation::kRelu ? at::threshold_backward(grad_y, y, 0)
                                                            : at::hardtanh_backward(grad_y, y, 0, 6);
  auto [grad_x, grad_weight, grad_bias] =
      at::native_batch_norm_backward(g, x, weight, {}, {}, mean.to(torch::kFloat32), inverse.to(torch::kFloat32),
                                     /*train=*/true, /*eps=*/0, {true, true, true});
  return {grad_x, grad_weight, grad_bias, adds ? g : torch::Tensor()};
}

class NormActivationFunction : public torch::autograd::Function<NormActivationFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias, const std::optional<torch::Tensor>& residual,
                               const NormCall& call) {
    const Normalized result = normalize(x, weight, bias, residual.value_or(torch::Tensor()), call);
    context->save_for_backward({x, result.y, weight, result.mean, result.inverse});
    context->saved_data["activation"] = static_cast<std::int64_t>(call.activation);
    context->saved_data["residual"] = residual.has_value();
    return result.y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &y = saved[1], weight = saved[2].detach(), &mean = saved[3], &inverse = saved[4];
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const torch::Tensor grad_y = channels_last(grads[0].to(x.scalar_type()));
    const bool adds = context->saved_data["residual"].toBool() && context->needs_input_grad(3);
    const NormGradients gradients = chosen_step(
        "norm.backward", x.scalar_type(), sizes_of(x, activation, adds),
        [&] { return backward_by_own_kernels(x, y, grad_y, weight, mean, inverse, activation, adds); },
        [&] { return backward_by_library(x, y, grad_y, weight, mean, inverse, activation, adds); });
    return {gradients.x, gradients.weight, gradients.bias, gradients.residual, {}};
  }
};

torch::Tensor by_libtorch(torch::nn::BatchNorm2d& norm, const torch::Tensor& x, Activation activation,
                          const torch::Tensor& residual) {
  torch::Tensor y = norm->forward(x);
  if (residual.defined()) y = y + residual;
  if (activation == Activation::kRelu) return y.relu_();
  return activation == Activation::kRelu6 ? torch::relu6_(y) : y;
}

}  // namespace

torch::Tensor norm_activation(torch::nn::BatchNorm2d& norm, const torch::Tensor& x, Activation activation,
                              const torch::Tensor& residual) {
  const bool training = norm->is_training(), learns = torch::GradMode::is_enabled();
  const auto type = x.scalar_type();
  const bool fits = x.device().is_cpu() && (type == torch::kFloat32 || type == torch::kBFloat16) && x.dim() == 4 &&
                    x.size(1) % kNormBlock == 0 && x.numel() > 0 && norm->weight.scalar_type() == torch::kFloat32 &&
                    (training || !learns) && norm->options.momentum().has_value() && (!training || rows_of(x) > 1) &&
                    (!residual.defined() || (residual.scalar_type() == type && residual.sizes() == x.sizes()));
  if (!fits) return by_libtorch(norm, x, activation, residual);
  const torch::Tensor input = channels_last(x), other = residual.defined() ? channels_last(residual) : residual;
  const NormCall call{norm->running_mean,  norm->running_var, training, norm->options.momentum().value(),
                      norm->options.eps(), activation};
  if (training) norm->num_batches_tracked += 1;
  if (!learns) return normalize(input, norm->weight, norm->bias, other, call).y;
  return NormActivationFunction::apply(input, norm->weight, norm->bias,
                                       other.defined() ? std::optional(other) : std::nullopt, call);
}

}  // namespace lanet
