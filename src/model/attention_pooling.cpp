#include "model/attention_pooling.hpp"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/torch.h>

#include "kernel/pool.hpp"
#include "model/channels_last.hpp"
#include "model/kernel_step.hpp"

namespace lanet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool fits(const torch::Tensor& f) {
  const auto type = f.scalar_type();
  return f.device().is_cpu() && (type == torch::kFloat32 || type == torch::kBFloat16) && f.numel() > 0 &&
         f.size(1) % kNormBlock == 0;
}

/// What is pooled over.
enum class Over { pixels, channels };

/// How many results an image has.
std::int64_t results_of(const torch::Tensor& f, Over over) {
  return over == Over::pixels ? f.size(1) : f.size(2) * f.size(3);
}

/// Calls work(Number{}, first of its numbers, first of its results) for every image, on all threads.
template <class Work>
void each_image(const torch::Tensor& f, Over over, const Work& work) {
  const std::int64_t numbers = f.numel() / f.size(0), results = results_of(f, over);
  for_number_type(f, [&](auto kind) {
    at::parallel_for(0, f.size(0), 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t image = first; image < last; ++image) work(kind, image * numbers, image * results);
    });
  });
}

/// f channels last -> mean, largest and ties, fp32 [B, results] each.
variable_list run_forward(const torch::Tensor& f, Over over) {
  RECORD_USER_SCOPE("lanet::pool");
  const auto empty = [&] { return torch::empty({f.size(0), results_of(f, over)}, torch::kFloat32); };
  const torch::Tensor mean = empty(), largest = empty(), ties = empty();
  each_image(f, over, [&](auto kind, std::int64_t number, std::int64_t result) {
    using Number = decltype(kind);
    const PoolKernels<Number>& kernels = pool_kernels<Number>();
    const auto run = over == Over::pixels ? kernels.over_pixels : kernels.over_channels;
    run(data_of<Number>(f) + number, f.size(2) * f.size(3), f.size(1), floats(mean) + result, floats(largest) + result,
        floats(ties) + result);
  });
  return {mean, largest, ties};
}

torch::Tensor run_backward(const torch::Tensor& f, Over over, const torch::Tensor& of_mean,
                           const torch::Tensor& largest, const torch::Tensor& of_largest) {
  RECORD_USER_SCOPE("lanet::pool_backward");
  const torch::Tensor grad = torch::empty_like(f);
  each_image(f, over, [&](auto kind, std::int64_t number, std::int64_t result) {
    using Number = decltype(kind);
    const PoolKernels<Number>& kernels = pool_kernels<Number>();
    const auto run = over == Over::pixels ? kernels.over_pixels_backward : kernels.over_channels_backward;
    run(data_of<Number>(f) + number, f.size(2) * f.size(3), f.size(1), floats(of_mean) + result,
        floats(largest) + result, floats(of_largest) + result, data_of<Number>(grad) + number);
  });
  return grad;
}

class PoolFunction : public torch::autograd::Function<PoolFunction> {
 public:
  /// mean and largest, [B, results].
  static variable_list forward(AutogradContext* context, const torch::Tensor& f, bool over_pixels) {
    const auto results = run_forward(f, over_pixels ? Over::pixels : Over::channels);
    context->save_for_backward({f, results[1], results[2]});
    context->saved_data["over_pixels"] = over_pixels;
    return {results[0], results[1]};
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &f = saved[0], &largest = saved[1], &ties = saved[2];
    const Over over = context->saved_data["over_pixels"].toBool() ? Over::pixels : Over::channels;
    const auto count = static_cast<double>(over == Over::pixels ? f.size(2) * f.size(3) : f.size(1));
    const auto given = [&](const torch::Tensor& grad) {
      return grad.defined() ? grad.to(torch::kFloat32).contiguous() : torch::zeros_like(largest);
    };
    return {run_backward(f, over, given(grads[0]) / count, largest, given(grads[1]) / ties), {}};
  }
};

/// Mean and largest by LibTorch, fp32 [B, results].
variable_list by_library(const torch::Tensor& f, Over over) {
  const std::vector<std::int64_t> dimensions =
      over == Over::pixels ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{1};
  return {f.mean(dimensions, /*keepdim=*/false, torch::kFloat32).flatten(1),
          f.amax(dimensions).to(torch::kFloat32).flatten(1)};
}

/// Mean and largest, fp32 [B, results].
variable_list pooled(const torch::Tensor& given, Over over) {
  const torch::Tensor f = channels_last(given);
  const bool learns = torch::GradMode::is_enabled() && f.requires_grad();
  const auto own = [over](const torch::Tensor& x) -> variable_list {
    return PoolFunction::apply(x, over == Over::pixels);
  };
  const auto library = [over](const torch::Tensor& x) { return by_library(x, over); };
  // What a step costs is its way forward and, in training, the way back.
  const auto cost = [&](const auto& way) {
    return [&f, &way, learns] {
      if (!learns) return void(way(f.detach()));
      const torch::Tensor leaf = f.detach().requires_grad_(true);
      const variable_list results = way(leaf);
      torch::autograd::grad(results, {leaf}, {torch::ones_like(results[0]), torch::ones_like(results[1])});
    };
  };
  const std::string what =
      std::string(over == Over::pixels ? "pool_pixels" : "pool_channels") + (learns ? ".training" : ".forward");
  return chosen_step(
      what.c_str(), f.scalar_type(), f.sizes().vec(), [&] { return own(f); }, [&] { return library(f); }, cost(own),
      cost(library));
}

}  // namespace

PooledPixels pool_pixels(const torch::Tensor& f) {
  if (!fits(f)) return {f.mean({2, 3}), f.amax({2, 3})};
  const variable_list results = pooled(f, Over::pixels);
  return {results[0], results[1]};
}

torch::Tensor pool_channels(const torch::Tensor& f) {
  if (!fits(f)) return torch::cat({f.amax(1, /*keepdim=*/true), f.mean(1, /*keepdim=*/true)}, 1);
  const variable_list results = pooled(f, Over::channels);
  const std::vector<std::int64_t> size{f.size(0), 1, f.size(2), f.size(3)};
  return torch::cat({results[1].view(size), results[0].view(size)}, 1);
}

}  // namespace lanet
