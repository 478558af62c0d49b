#include "loss/classification.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "loss/gradient_check.hpp"

namespace lanet {
namespace {

torch::Tensor indices(std::vector<std::int64_t> values) { return torch::tensor(values); }

TEST(ClassificationLoss, TwoImagesByHand) {
  // softmax(0, ln 3) = (1/4, 3/4): class 1 gives ln 4/3, class 0 gives ln 4.
  const auto logits = torch::tensor({0.0, std::log(3.0), 0.0, std::log(3.0)}, torch::kFloat64).view({2, 2});
  EXPECT_NEAR(classification_loss(logits, indices({1, 0})).item<double>(), (std::log(4.0 / 3) + std::log(4.0)) / 2,
              1e-12);
}

TEST(ClassificationLoss, UnknownClassIsNeitherSummedNorCounted) {
  const auto logits = torch::tensor({0.0, 0.0, 9.0, 0.0}, torch::kFloat64).view({2, 2});
  EXPECT_NEAR(classification_loss(logits, indices({0, -1})).item<double>(), std::log(2.0), 1e-12);
}

TEST(ClassificationLoss, WithoutAnyClassIsZeroWithZeroGradient) {
  const auto logits = torch::randn({2, 3}, torch::requires_grad());
  const auto loss = classification_loss(logits, indices({-1, -1}));
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  ASSERT_TRUE(logits.grad().defined());
  EXPECT_EQ(logits.grad().abs().max().item<double>(), 0);
}

TEST(ClassificationLoss, GradientMatchesDifferences) {
  torch::manual_seed(4);
  expect_gradient_matches(
      [](const torch::Tensor& logits) {
        return classification_loss(logits, indices({2, -1, 0}));
      },
      torch::randn({3, 3}, torch::kFloat64));
}

TEST(ClassificationLoss, Bf16LogitsAreReadInFp32) {
  const auto loss = classification_loss(torch::zeros({1, 2}, torch::kBFloat16), indices({0}));
  EXPECT_EQ(loss.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(loss.item<double>(), std::log(2.0), 1e-6);
}

TEST(ClassificationLoss, RefusesOtherShapesAndClasses) {
  EXPECT_THROW(classification_loss(torch::zeros({2, 2}), indices({0})), c10::Error);
  EXPECT_THROW(classification_loss(torch::zeros({2}), indices({0, 1})), c10::Error);
  EXPECT_THROW(classification_loss(torch::zeros({1, 2}), indices({2})), c10::Error);
}

}  // namespace
}  // namespace lanet
