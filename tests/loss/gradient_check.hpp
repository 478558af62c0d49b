#pragma once

#include <functional>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace lanet {

/// Compares the gradient of a scalar function at `point` (double) with central differences, element by element.
inline void expect_gradient_matches(const std::function<torch::Tensor(const torch::Tensor&)>& function,
                                    const torch::Tensor& point, double tolerance = 1e-7) {
  const auto leaf = point.detach().clone().requires_grad_(true);
  function(leaf).backward();
  ASSERT_TRUE(leaf.grad().defined());
  const double step = 1e-5;
  for (std::int64_t element = 0; element < point.numel(); ++element) {
    const auto value_at = [&](double offset) {
      auto moved = point.detach().clone();
      moved.view(-1)[element] += offset;
      return function(moved).item<double>();
    };
    const double difference = (value_at(step) - value_at(-step)) / (2 * step);
    EXPECT_NEAR(leaf.grad().view(-1)[element].item<double>(), difference, tolerance) << "element " << element;
  }
}

}  // namespace lanet
