#include "loss/localization.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "loss/gradient_check.hpp"

namespace lanet {
namespace {

torch::Tensor labels(std::vector<std::int64_t> values) { return torch::tensor(values).to(torch::kBool); }

TEST(LocalizationLoss, TwoPixelsByHand) {
  // P = sigmoid(0) = 1/2 with target 0: ln 2; P = sigmoid(ln 3) = 3/4 with target 1: ln 4/3.
  const auto logits = torch::tensor({0.0, std::log(3.0), 0.0, std::log(3.0)}, torch::kFloat64).view({1, 1, 2, 2});
  const auto target = torch::tensor({0.0, 1.0, 0.0, 1.0}, torch::kFloat64).view({1, 1, 2, 2});
  const auto loss = localization_loss(logits, target, labels({1}));
  EXPECT_EQ(loss.dim(), 0);
  EXPECT_NEAR(loss.item<double>(), (std::log(2.0) + std::log(4.0 / 3)) / 2, 1e-12);
}

TEST(LocalizationLoss, SoftTargetByHand) {
  // P = 3/4, target 1/4: 1/4 ln(4/3) + 3/4 ln 4.
  const auto logits = torch::full({1, 1, 1, 1}, std::log(3.0), torch::kFloat64);
  const auto target = torch::full({1, 1, 1, 1}, 0.25, torch::kFloat64);
  EXPECT_NEAR(localization_loss(logits, target, labels({1})).item<double>(),
              std::log(4.0 / 3) / 4 + 3 * std::log(4.0) / 4, 1e-12);
}

TEST(SoftDiceLoss, ByHandAndForAnImageWithoutLesion) {
  // P = 1/2, 3/4 with targets 0, 1: 1 - (2 * 3/4 + 1) / (5/4 + 1 + 1) = 3/13; without lesion 1 - 1 / (5/4 + 1) = 5/9.
  const auto logits = torch::tensor({0.0, std::log(3.0), 0.0, std::log(3.0)}, torch::kFloat64).view({2, 1, 1, 2});
  const auto target = torch::tensor({0.0, 1.0, 0.0, 0.0}, torch::kFloat64).view({2, 1, 1, 2});
  const auto loss = soft_dice_loss(logits, target);
  EXPECT_NEAR(loss[0].item<double>(), 3.0 / 13, 1e-12);
  EXPECT_NEAR(loss[1].item<double>(), 5.0 / 9, 1e-12);
  LocalizationOptions options;
  options.dice_weight = 2;
  EXPECT_TRUE(
      torch::allclose(localization_each(logits, target, options), pixel_cross_entropy(logits, target) + 2 * loss));
}

TEST(SoftDiceLoss, GradientMatchesDifferences) {
  torch::manual_seed(4);
  const auto target = torch::rand({3, 1, 2, 2}, torch::kFloat64);
  expect_gradient_matches([&](const torch::Tensor& logits) { return soft_dice_loss(logits, target).sum(); },
                          torch::randn({3, 1, 2, 2}, torch::kFloat64));
}

TEST(LocalizationLoss, UnlabelledImagesAreNeitherSummedNorCounted) {
  const auto logits = torch::tensor({0.0, 5.0, std::log(3.0)}, torch::kFloat64).view({3, 1, 1, 1});
  const auto target = torch::tensor({1.0, 0.0, 1.0}, torch::kFloat64).view({3, 1, 1, 1});
  // Images 0 and 2: (ln 2 + ln 4/3) / 2.
  EXPECT_NEAR(localization_loss(logits, target, labels({1, 0, 1})).item<double>(),
              (std::log(2.0) + std::log(4.0 / 3)) / 2, 1e-12);
}

TEST(LocalizationLoss, WithoutLabelIsZeroWithZeroGradient) {
  const auto logits = torch::randn({2, 1, 3, 3}, torch::requires_grad());
  const auto loss = localization_loss(logits, torch::ones({2, 1, 3, 3}), labels({0, 0}));
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  ASSERT_TRUE(logits.grad().defined());
  EXPECT_EQ(logits.grad().abs().max().item<double>(), 0);
}

TEST(LocalizationLoss, AllEmptyMasksAskForBackground) {
  const auto logits = torch::zeros({2, 1, 2, 2}, torch::requires_grad());
  const auto loss = localization_loss(logits, torch::zeros({2, 1, 2, 2}), labels({1, 1}));
  EXPECT_NEAR(loss.item<double>(), std::log(2.0), 1e-6);
  loss.backward();
  // d/dx of ln(1 + e^x) at 0 is 1/2, over 2 images of 4 pixels: 1/16 each.
  EXPECT_TRUE(torch::allclose(logits.grad(), torch::full({2, 1, 2, 2}, 1.0 / 16)));
}

TEST(LocalizationLoss, GradientMatchesDifferences) {
  torch::manual_seed(3);
  const auto target = torch::rand({3, 1, 2, 2}, torch::kFloat64);
  expect_gradient_matches(
      [&](const torch::Tensor& logits) {
        return localization_loss(logits, target, labels({1, 0, 1}));
      },
      torch::randn({3, 1, 2, 2}, torch::kFloat64));
}

TEST(LocalizationLoss, LargeLogitsStayFinite) {
  const auto logits = torch::tensor({1e4F, -1e4F}).view({2, 1, 1, 1}).requires_grad_(true);
  const auto loss = localization_loss(logits, torch::tensor({0.F, 1.F}).view({2, 1, 1, 1}), labels({1, 1}));
  EXPECT_NEAR(loss.item<double>(), 1e4, 1e-2);
  loss.backward();
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

TEST(LocalizationLoss, Bf16LogitsAreSummedInFp32) {
  const auto logits = torch::full({1, 1, 64, 64}, 0.5F).to(torch::kBFloat16);
  const auto loss = localization_loss(logits, torch::zeros({1, 1, 64, 64}), labels({1}));
  EXPECT_EQ(loss.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(loss.item<double>(), std::log1p(std::exp(0.5)), 1e-6);  // 0.5 is exact in bf16
}

TEST(LocalizationLoss, RefusesOtherShapes) {
  const auto logits = torch::zeros({2, 1, 4, 4});
  EXPECT_THROW(localization_loss(logits, torch::zeros({2, 1, 8, 8}), labels({1, 1})), c10::Error);
  EXPECT_THROW(localization_loss(logits, torch::zeros({1, 1, 4, 4}), labels({1, 1})), c10::Error);
  EXPECT_THROW(localization_loss(logits, torch::zeros({2, 1, 4, 4}), labels({1})), c10::Error);
  EXPECT_THROW(localization_loss(logits.squeeze(1), torch::zeros({2, 4, 4}), labels({1, 1})), c10::Error);
}

}  // namespace
}  // namespace lanet
