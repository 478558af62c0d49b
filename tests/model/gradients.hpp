#pragma once

#include <functional>

#include <torch/torch.h>

namespace lanet {

/// A result in fp32 and the gradients of sum(y * direction).
struct Result {
  torch::Tensor y, grad_x, grad_weight;
};

inline Result with_gradients(torch::Tensor x, torch::Tensor weight, const torch::Tensor& direction,
                             torch::ScalarType type,
                             const std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>& convolve) {
  x = x.detach().clone().requires_grad_(true);
  weight = weight.detach().clone().requires_grad_(true);
  const torch::Tensor y = convolve(x.to(type), weight);
  (y.to(torch::kFloat32) * direction).sum().backward();
  return {y.detach().to(torch::kFloat32), x.grad(), weight.grad()};
}

/// The largest difference, as a share of the largest number of b.
inline double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

}  // namespace lanet
