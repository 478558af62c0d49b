#include "model/norm_activation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include "model/channels_last.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Sums run in this many parts, whatever the number of threads: so their digits do not depend on it.
constexpr std::int64_t kParts = 32;
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
  const std::int64_t rows = rows_of(x), parts = std::min(kParts, rows);
  at::parallel_for(0, parts, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t part = first; part < last; ++part) work(part, part * rows / parts, (part + 1) * rows / parts);
  });
  return parts;
}

float* floats(const torch::Tensor& tensor) { return tensor.data_ptr<float>(); }

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
  const torch::Tensor sums = torch::empty({2, kParts, channels}, torch::kFloat32);
  const torch::Tensor origins = torch::empty({kParts, channels}, torch::kFloat32);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(kParts));
  std::int64_t parts = 0;
  for_number_type(x, [&](auto kind) {
    using Number = decltype(kind);
    const Number* data = data_of<Number>(x);
    parts = over_parts(x, [&](std::int64_t part, std::int64_t first, std::int64_t last) {
      counts[static_cast<std::size_t>(part)] = last - first;
      norm_kernels<Number>().moments(data, channels, first, last, floats(sums) + part * channels,
                                     floats(sums) + (kParts + part) * channels);
      float* origin = floats(origins) + part * channels;
      for (std::int64_t c = 0; c < channels; ++c) origin[c] = to_float(data[first * channels + c]);
    });
  });
  const Moments moments{torch::zeros({channels}, torch::kFloat64), torch::zeros({channels}, torch::kFloat64)};
  double *mean = doubles(moments.mean), *spread = doubles(moments.variance);
  double count = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    const float *sum = floats(sums) + part * channels, *square = sum + kParts * channels;
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

/// From the parts' sums of g and of g (x - mean), [2, kParts, C]:
/// grad_x = weight * inverse * (g - mean(g) - (x - mean) * inverse^2 * mean(g (x - mean))).
GradientScaling gradient_scaling(const torch::Tensor& sums, const torch::Tensor& weight, const torch::Tensor& mean,
                                 const torch::Tensor& inverse, std::int64_t parts, std::int64_t rows) {
  const auto empty = [&] { return torch::empty_like(weight); };
  const GradientScaling result{empty(), empty(), empty(), empty(), empty()};
  const std::int64_t channels = weight.numel();
  std::vector<double> sum(static_cast<std::size_t>(channels)), product(static_cast<std::size_t>(channels));
  for (std::int64_t part = 0; part < parts; ++part) {
    const float *of_g = floats(sums) + part * channels, *of_products = of_g + kParts * channels;
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

class NormActivationFunction : public torch::autograd::Function<NormActivationFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias, const std::optional<torch::Tensor>& residual,
                               const torch::Tensor& mean, const torch::Tensor& inverse, std::int64_t activation) {
    const auto [scale, shift] = scaling_of(weight, bias, mean, inverse);
    const torch::Tensor y =
        run_apply(x, residual.value_or(torch::Tensor()), scale, shift, static_cast<Activation>(activation));
    context->save_for_backward({x, y, weight, mean, inverse});
    context->saved_data["activation"] = activation;
    context->saved_data["residual"] = residual.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    RECORD_USER_SCOPE("lanet::norm_backward");
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &y = saved[1], &weight = saved[2], &mean = saved[3], &inverse = saved[4];
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const torch::Tensor grad_y = channels_last(grads[0].to(x.scalar_type()));
    const std::int64_t channels = x.size(1);
    const torch::Tensor sums = torch::empty({2, kParts, channels}, torch::kFloat32);
    const torch::Tensor centre = mean.to(torch::kFloat32);
    GradientScaling scaling;
    const torch::Tensor grad_x = torch::empty_like(x);
    const bool adds = context->saved_data["residual"].toBool() && context->needs_input_grad(3);
    const torch::Tensor grad_residual = adds ? torch::empty_like(x) : torch::Tensor();
    for_number_type(x, [&](auto kind) {
      using Number = decltype(kind);
      const NormKernels<Number>& kernels = norm_kernels<Number>();
      const std::int64_t parts = over_parts(x, [&](std::int64_t part, std::int64_t first, std::int64_t last) {
        kernels.backward_sums(data_of<Number>(x), data_of<Number>(y), data_of<Number>(grad_y), floats(centre),
                              activation, channels, first, last, floats(sums) + part * channels,
                              floats(sums) + (kParts + part) * channels);
      });
      scaling = gradient_scaling(sums, weight, mean, inverse, parts, rows_of(x));
      over_rows(x, [&](std::int64_t first, std::int64_t last) {
        kernels.backward_apply(data_of<Number>(x), data_of<Number>(y), data_of<Number>(grad_y), floats(scaling.by_g),
                               floats(scaling.by_x), floats(scaling.constant), activation, data_of<Number>(grad_x),
                               adds ? data_of<Number>(grad_residual) : nullptr, channels, first, last);
      });
    });
    return {grad_x, scaling.grad_weight, scaling.grad_bias, grad_residual, {}, {}, {}};
  }
};

/// The module's own way of keeping its running statistics.
void update_statistics(torch::nn::BatchNorm2dImpl& norm, const Moments& moments, std::int64_t count) {
  norm.num_batches_tracked += 1;
  const double momentum = norm.options.momentum().value();
  const double unbiased = static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, count - 1));
  const auto update = [momentum](const torch::Tensor& running, const torch::Tensor& now, double factor) {
    float* kept = floats(running);
    const double* values = doubles(now);
    for (std::int64_t c = 0; c < running.numel(); ++c)
      kept[c] = static_cast<float>((1 - momentum) * kept[c] + momentum * factor * values[c]);
  };
  update(norm.running_mean, moments.mean, 1);
  update(norm.running_var, moments.variance, unbiased);
}

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
  Moments moments;
  {
    const torch::NoGradGuard no_gradient;
    moments = training ? moments_of(input.detach())
                       : Moments{norm->running_mean.to(torch::kFloat64), norm->running_var.to(torch::kFloat64)};
    if (training) update_statistics(*norm, moments, rows_of(x));
  }
  const torch::Tensor inverse = (moments.variance + norm->options.eps()).rsqrt();
  if (!learns) {
    const auto [scale, shift] = scaling_of(norm->weight, norm->bias, moments.mean, inverse);
    return run_apply(input, other, scale, shift, activation);
  }
  return NormActivationFunction::apply(input, norm->weight, norm->bias,
                                       other.defined() ? std::optional(other) : std::nullopt, moments.mean, inverse,
                                       static_cast<std::int64_t>(activation));
}

}  // namespace lanet
