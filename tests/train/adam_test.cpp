#include "train/adam.hpp"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"
#include "train/options.hpp"

namespace lanet {
namespace {

TEST(Adam, GivesTheNumbersOfTorchOptim) {
  torch::manual_seed(1);
  const auto start = torch::randn({3, 4}, torch::kFloat64);
  const auto target = torch::randn({3, 4}, torch::kFloat64);
  auto ours = start.clone().requires_grad_(true), theirs = start.clone().requires_grad_(true);
  AdamOptions options;
  options.weight_decay = 0.01;
  Adam adam({{{{"w", ours}}, 1}}, options);
  torch::optim::Adam reference({theirs}, torch::optim::AdamOptions(1e-2).weight_decay(0.01));
  for (int step = 0; step < 10; ++step) {
    adam.zero_grad();
    (ours - target).pow(4).sum().backward();
    adam.step(1e-2);
    reference.zero_grad();
    (theirs - target).pow(4).sum().backward();
    reference.step();
  }
  EXPECT_LT((ours - theirs).abs().max().item<double>(), 1e-12);
}

TEST(Adam, AGroupHasItsOwnRate) {
  auto backbone = torch::ones({1}).requires_grad_(true), head = torch::ones({1}).requires_grad_(true);
  Adam adam({{{{"fex.w", backbone}}, 0.1}, {{{"la_net.w", head}}, 1}}, AdamOptions{});
  (backbone + head).sum().backward();
  adam.step(0.5);
  // Adam's first step is the rate itself.
  EXPECT_NEAR(backbone.item<double>(), 1 - 0.05, 1e-6);
  EXPECT_NEAR(head.item<double>(), 1 - 0.5, 1e-6);
}

TEST(Adam, StateGoesOnExactly) {
  const auto run = [](int interrupt_at) {
    auto weight = torch::ones({5}).requires_grad_(true);
    auto adam = std::make_unique<Adam>(std::vector<ParameterGroup>{{{{"w", weight}}, 1}}, AdamOptions{});
    for (int step = 0; step < 8; ++step) {
      if (step == interrupt_at) {
        NamedTensors state;
        for (const auto& [name, tensor] : adam->state()) state.emplace_back(name, tensor.clone());
        adam = std::make_unique<Adam>(std::vector<ParameterGroup>{{{{"w", weight}}, 1}}, AdamOptions{});
        adam->load_state(state, "x");
      }
      adam->zero_grad();
      (weight * torch::arange(1, 6)).pow(2).sum().backward();
      adam->step(0.1);
    }
    return weight.detach().clone();
  };
  EXPECT_TRUE(torch::equal(run(-1), run(4)));
  auto weight = torch::ones({5}).requires_grad_(true);
  Adam adam({{{{"w", weight}}, 1}}, {});
  EXPECT_THROW(adam.load_state({}, "x"), DataError);
  EXPECT_THROW(
      adam.load_state(
          {{"w.exp_avg", torch::zeros({4})}, {"w.exp_avg_sq", torch::zeros({5})}, {"w.step", torch::zeros({})}}, "x"),
      DataError);
}

TEST(LearningRate, CoursesByHand) {
  ScheduleOptions options;
  options.learning_rate = 0.1;
  for (const std::int64_t step : {0, 5, 10}) EXPECT_EQ(learning_rate_at(options, step, 11), 0.1);
  options.schedule = "cosine";
  EXPECT_NEAR(learning_rate_at(options, 0, 11), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 5, 11), 0.05, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 10, 11), 0, 1e-12);
  options.schedule = "one_cycle";
  EXPECT_NEAR(learning_rate_at(options, 0, 11), 0.1 / 25, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 3, 11), 0.1, 1e-12);  // after 30 %
  EXPECT_NEAR(learning_rate_at(options, 10, 11), 0.1 / 25 / 1e4, 1e-12);
  EXPECT_EQ(learning_rate_at(options, 0, 1), 0.1);
}

}  // namespace
}  // namespace lanet
