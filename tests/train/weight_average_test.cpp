#include "train/weight_average.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"

namespace lanet {
namespace {

torch::nn::Linear one_weight(double value) {
  torch::nn::Linear layer(torch::nn::LinearOptions(1, 1).bias(false));
  const torch::NoGradGuard no_gradient;
  layer->weight.fill_(value);
  return layer;
}

double weight_of(torch::nn::Linear& layer) { return layer->weight.item<double>(); }

TEST(WeightAverage, ByHand) {
  torch::nn::Linear layer = one_weight(0);
  WeightAverage average(*layer, 0.25);
  // Decays 2/11, then 0.25 (3/12), then 0.25.
  for (const double value : {11.0, 4.0, 8.0}) {
    const torch::NoGradGuard no_gradient;
    layer->weight.fill_(value);
    average.update(*layer);
  }
  // 11 * 9/11 = 9; 9 * 0.25 + 4 * 0.75 = 5.25; 5.25 * 0.25 + 8 * 0.75 = 7.3125.
  average.swap(*layer);
  EXPECT_NEAR(weight_of(layer), 7.3125, 1e-5);
  average.swap(*layer);
  EXPECT_EQ(weight_of(layer), 8);
}

TEST(WeightAverage, StateGoesOnExactlyAndBadStateIsRefused) {
  torch::nn::Linear layer = one_weight(1);
  WeightAverage first(*layer, 0.9);
  torch::nn::init::constant_(layer->weight, 5);
  first.update(*layer);
  WeightAverage second(*one_weight(0), 0.9);
  second.load_state(first.state(), "x");
  first.update(*layer);
  second.update(*layer);
  for (std::size_t index = 0; index < first.state().size(); ++index)
    EXPECT_TRUE(torch::equal(first.state()[index].second, second.state()[index].second));
  EXPECT_THROW(second.load_state({}, "x"), DataError);
}

TEST(WeightAverage, BatchStatisticsAreAveragedToo) {
  torch::nn::BatchNorm2d norm(1);
  WeightAverage average(*norm, 0.5);
  norm->running_mean.fill_(11);
  average.update(*norm);
  average.swap(*norm);
  EXPECT_NEAR(norm->running_mean.item<double>(), 9, 1e-5);
}

}  // namespace
}  // namespace lanet
