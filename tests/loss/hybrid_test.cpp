#include "loss/hybrid.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"
#include "core/settings.hpp"
#include "loss/gradient_check.hpp"

namespace lanet {
namespace {

const double kLn2 = std::log(2.0);
const double kLn4over3 = std::log(4.0 / 3);

/// Four images with one pixel each and two classes, all in double.
struct Example {
  torch::Tensor class_logits = torch::zeros({4, 2}, torch::kFloat64);
  torch::Tensor mask_logits = torch::tensor({0.0, std::log(3.0), std::log(9.0), std::log(3.0)}, torch::kFloat64);
  torch::Tensor class_index = torch::tensor({0, 1, 0, -1}, torch::kInt64);
  torch::Tensor target = torch::tensor({1.0, 1.0, 0.0, 0.0}, torch::kFloat64);
  torch::Tensor has_label = torch::tensor({1, 1, 0, 0}).to(torch::kBool);
  HybridOptions options;

  HybridLoss loss() const {
    return hybrid_loss(class_logits, mask_logits.view({-1, 1, 1, 1}), class_index, target.view({-1, 1, 1, 1}),
                       has_label, options);
  }
};

double value(const torch::Tensor& term) { return term.item<double>(); }

TEST(HybridLoss, EveryTermByHand) {
  const HybridLoss loss = Example().loss();
  EXPECT_NEAR(value(loss.classification), kLn2, 1e-12);
  // Labelled: P = 1/2 and 3/4, targets 1: ln 2 and ln 4/3.
  EXPECT_NEAR(value(loss.labelled), (kLn2 + kLn4over3) / 2, 1e-12);
  // Unlabelled: P = 9/10 >= 0.8, label 1: ln 10/9. P = 3/4 < 0.8, label 0: ln 4.
  const double pseudo = (std::log(10.0 / 9) + std::log(4.0)) / 2;
  EXPECT_NEAR(value(loss.pseudo), pseudo, 1e-12);
  EXPECT_NEAR(value(loss.total), 0.5 * kLn2 + 0.5 * ((kLn2 + kLn4over3) / 2 + 0.1 * pseudo), 1e-12);
}

TEST(HybridLoss, PseudoLabelIsOneAtTheThreshold) {
  Example example;
  example.options.keep_confidence = 0.5;
  example.mask_logits = torch::zeros({4}, torch::kFloat64);  // P = 0.5 exactly
  const auto logits = example.mask_logits.clone().requires_grad_(true);
  example.mask_logits = logits;
  example.loss().pseudo.backward();
  // Label 1: the gradient (P - 1) / 2 images is negative.
  EXPECT_NEAR(logits.grad()[2].item<double>(), -0.25, 1e-12);
}

TEST(HybridLoss, UncertainPixelsCanBeLeftOut) {
  Example example;
  example.options.pseudo = "ignore_uncertain";
  // P = 9/10: label 1. P = 3/4 lies in (0.2, 0.8): no loss.
  EXPECT_NEAR(value(example.loss().pseudo), std::log(10.0 / 9) / 2, 1e-12);
  example.mask_logits = torch::tensor({0.0, 0.0, std::log(9.0), -std::log(9.0)}, torch::kFloat64);
  // P = 1/10 <= 0.2: label 0, ln 10/9 as well.
  EXPECT_NEAR(value(example.loss().pseudo), std::log(10.0 / 9), 1e-12);
}

TEST(HybridLoss, OneMeanOverTheBatchAsTheCode) {
  Example example;
  example.options.normalise = "batch";
  const HybridLoss loss = example.loss();
  EXPECT_NEAR(value(loss.labelled), (kLn2 + kLn4over3) / 4, 1e-12);
  EXPECT_NEAR(value(loss.pseudo), (std::log(10.0 / 9) + std::log(4.0)) / 4, 1e-12);
}

TEST(HybridLoss, WithoutLabelledImagesThatTermIsZero) {
  for (const std::string normalise : {"present", "batch"}) {
    Example example;
    example.options.normalise = normalise;
    example.has_label = torch::zeros({4}, torch::kBool);
    const HybridLoss loss = example.loss();
    EXPECT_EQ(value(loss.labelled), 0) << normalise;
    EXPECT_GT(value(loss.pseudo), 0) << normalise;
    EXPECT_NEAR(value(loss.total), 0.5 * kLn2 + 0.05 * value(loss.pseudo), 1e-12) << normalise;
  }
}

TEST(HybridLoss, WithoutUnlabelledImagesThatTermIsZero) {
  for (const std::string normalise : {"present", "batch"}) {
    Example example;
    example.options.normalise = normalise;
    example.has_label = torch::ones({4}, torch::kBool);
    const HybridLoss loss = example.loss();
    EXPECT_EQ(value(loss.pseudo), 0) << normalise;
    // Targets 1 1 0 0 for P = 1/2, 3/4, 9/10, 3/4.
    EXPECT_NEAR(value(loss.labelled), (kLn2 + kLn4over3 + std::log(10.0) + std::log(4.0)) / 4, 1e-12) << normalise;
  }
}

TEST(HybridLoss, WithoutAnyClassOnlyLocationIsLearned) {
  Example example;
  example.class_index = torch::full({4}, -1, torch::kInt64);
  const HybridLoss loss = example.loss();
  EXPECT_EQ(value(loss.classification), 0);
  EXPECT_NEAR(value(loss.total), 0.5 * (value(loss.labelled) + 0.1 * value(loss.pseudo)), 1e-12);
}

TEST(HybridLoss, TheTargetOfAnUnlabelledImageHasNoInfluence) {
  Example example;
  const double before = value(example.loss().total);
  example.target = torch::tensor({1.0, 1.0, 1.0, 0.3}, torch::kFloat64);
  EXPECT_EQ(value(example.loss().total), before);
}

TEST(HybridLoss, WeightsSwitchTermsOff) {
  Example example;
  example.options.class_weight = 1;
  EXPECT_NEAR(value(example.loss().total), value(example.loss().classification), 1e-12);
  example.options.class_weight = 0;
  example.options.unlabelled_weight = 0;
  EXPECT_NEAR(value(example.loss().total), value(example.loss().labelled), 1e-12);
}

TEST(HybridLoss, GradientMatchesDifferencesAndSkipsThePseudoLabel) {
  torch::manual_seed(6);
  const auto class_index = torch::tensor({0, 1, -1}, torch::kInt64);
  const auto target = torch::rand({3, 1, 2, 2}, torch::kFloat64);
  const auto has_label = torch::tensor({1, 0, 0}).to(torch::kBool);
  const auto class_logits = torch::randn({3, 2}, torch::kFloat64);
  const auto mask_logits = 3 * torch::randn({3, 1, 2, 2}, torch::kFloat64);
  for (const std::string pseudo : {"threshold", "ignore_uncertain"})
    for (const std::string normalise : {"present", "batch"}) {
      HybridOptions options;
      options.pseudo = pseudo;
      options.normalise = normalise;
      options.unlabelled_weight = 0.7;
      expect_gradient_matches(
          [&](const torch::Tensor& logits) {
            return hybrid_loss(class_logits, logits, class_index, target, has_label, options).total;
          },
          mask_logits);
      expect_gradient_matches(
          [&](const torch::Tensor& logits) {
            return hybrid_loss(logits, mask_logits, class_index, target, has_label, options).total;
          },
          class_logits);
    }
}

TEST(HybridLoss, AllTermsOfAnAllUnknownBatchAreZeroAndDifferentiable) {
  Example example;
  example.class_index = torch::full({4}, -1, torch::kInt64);
  example.has_label = torch::zeros({4}, torch::kBool);
  example.options.unlabelled_weight = 0;
  const auto class_logits = example.class_logits.clone().requires_grad_(true);
  const auto mask_logits = example.mask_logits.clone().requires_grad_(true);
  example.class_logits = class_logits;
  example.mask_logits = mask_logits;
  const HybridLoss loss = example.loss();
  EXPECT_EQ(value(loss.total), 0);
  loss.total.backward();
  EXPECT_EQ(class_logits.grad().abs().sum().item<double>(), 0);
  EXPECT_EQ(mask_logits.grad().abs().sum().item<double>(), 0);
}

TEST(HybridLoss, Bf16NetworkOutputsGiveAnFp32Loss) {
  Example example;
  example.class_logits = example.class_logits.to(torch::kBFloat16);
  example.mask_logits = example.mask_logits.to(torch::kBFloat16);
  example.target = example.target.to(torch::kFloat32);
  EXPECT_EQ(example.loss().total.scalar_type(), torch::kFloat32);
  EXPECT_NEAR(value(example.loss().total), value(Example().loss().total), 1e-2);
}

TEST(HybridLoss, RefusesOtherShapes) {
  Example example;
  example.class_index = torch::zeros({3}, torch::kInt64);
  EXPECT_THROW(example.loss(), c10::Error);
  Example labels;
  labels.has_label = torch::ones({5}, torch::kBool);
  EXPECT_THROW(labels.loss(), c10::Error);
  Example target;
  target.target = torch::zeros({8}, torch::kFloat64);
  EXPECT_THROW(target.loss(), c10::Error);
}

TEST(HybridOptions, DefaultsAreThePapers) {
  const HybridOptions options;
  EXPECT_EQ(options.class_weight, 0.5);
  EXPECT_EQ(options.unlabelled_weight, 0.1);
  EXPECT_EQ(options.keep_confidence, 0.8);
  EXPECT_EQ(options.pseudo, "threshold");
  EXPECT_EQ(options.normalise, "present");
  EXPECT_NO_THROW(options.validate());
}

TEST(HybridOptions, WrongValuesAreRefusedByName) {
  const auto refused = [](const std::string& assignment, const std::string& field) {
    HybridOptions options;
    apply_assignment(assignment, fields_of(options));
    try {
      options.validate();
    } catch (const ConfigError& error) {
      return std::string(error.what()).find(field) != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused("class_weight=1.1", "class_weight"));
  EXPECT_TRUE(refused("class_weight=nan", "class_weight"));
  EXPECT_TRUE(refused("unlabelled_weight=-0.1", "unlabelled_weight"));
  EXPECT_TRUE(refused("keep_confidence=0.4", "keep_confidence"));
  EXPECT_TRUE(refused("pseudo=treshold", "pseudo"));
  EXPECT_TRUE(refused("normalise=all", "normalise"));
}

}  // namespace
}  // namespace lanet
