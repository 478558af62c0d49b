#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "explain/explainer.hpp"
#include "explain/grad_cam.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

ProbabilityMap map_of(std::int64_t height, std::int64_t width, std::vector<float> values) {
  return {height, width, std::move(values)};
}

TEST(HeatInside, ShareByHand) {
  const ProbabilityMap heat = map_of(2, 2, {1, 0.5F, 0.25F, 0.25F});
  const Mask left{2, 2, {1, 0, 1, 0}};
  EXPECT_NEAR(*heat_inside(heat, left), 1.25 / 2, 1e-6);
  EXPECT_NEAR(*heat_inside(map_of(1, 1, {1}), left), 0.5, 1e-6);
  EXPECT_FALSE(heat_inside(heat, make_mask(2, 2)));
  EXPECT_FALSE(heat_inside(map_of(2, 2, {0, 0, 0, 0}), left));
}

TEST(RankCorrelation, OrderReverseAndTies) {
  const auto rising = map_of(1, 4, {1, 2, 3, 4});
  EXPECT_NEAR(rank_correlation(rising, map_of(1, 4, {10, 20, 30, 99})), 1, 1e-12);
  EXPECT_NEAR(rank_correlation(rising, map_of(1, 4, {4, 3, 2, 1})), -1, 1e-12);
  // ranks 0 1 2 3 and .5 .5 2.5 2.5: sum of products 4, squares 5 and 4: 4 / sqrt(20)
  EXPECT_NEAR(rank_correlation(rising, map_of(1, 4, {1, 1, 2, 2})), 4 / std::sqrt(20.0), 1e-12);
  EXPECT_TRUE(std::isnan(rank_correlation(rising, map_of(1, 4, {1, 1, 1, 1}))));
}

TEST(Perturb, AMapThatKnowsTheBrightSpotBeatsItsOpposite) {
  Image input = make_image(16, 16, 1);
  for (std::int64_t row = 4; row < 8; ++row)
    for (std::int64_t column = 4; column < 8; ++column) input.pixels[static_cast<std::size_t>(row * 16 + column)] = 255;
  // "Probability": how much of the spot is still there.
  const ProbabilityOf probability = [](const std::vector<Image>& images) {
    std::vector<double> values;
    for (const Image& image : images) {
      double sum = 0;
      for (std::int64_t row = 4; row < 8; ++row)
        for (std::int64_t column = 4; column < 8; ++column) sum += image.at(row, column) / 255.0 / 16;
      values.push_back(sum);
    }
    return values;
  };
  ProbabilityMap good{16, 16, std::vector<float>(256, 0)}, bad{16, 16, std::vector<float>(256, 1)};
  for (std::int64_t row = 4; row < 8; ++row)
    for (std::int64_t column = 4; column < 8; ++column) {
      good.values[static_cast<std::size_t>(row * 16 + column)] = 1;
      bad.values[static_cast<std::size_t>(row * 16 + column)] = 0;
    }
  const PerturbationScores right = perturb(input, good, 16, probability), wrong = perturb(input, bad, 16, probability);
  EXPECT_LT(right.deletion, wrong.deletion);
  EXPECT_GE(right.insertion, wrong.insertion);
}

Network small_network(const std::string& head) {
  torch::manual_seed(3);
  NetworkOptions options;
  options.backbone = "efficientnet_lite0";
  options.head = head;
  Network network(options, 2);
  network->eval();
  return network;
}

TEST(GradCam, WithoutMaskAttentionItIsTheClassActivationMap) {
  // vanilla: logit = w . mean(f_4) + b, so d logit / d f_4 = w_c / pixels, and Grad-CAM is relu(sum_c w_c f_c) up to
  // scale.
  Network network = small_network("vanilla");
  const torch::Tensor image = torch::rand({1, 1, 64, 64});
  const ProbabilityMap heat = grad_cam(network, image, 4, 1);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor features = network->forward(image).features.back();
  const torch::Tensor weight = network->named_parameters()["classifier.weight"][1];
  torch::Tensor expected = (weight.view({1, -1, 1, 1}) * features).sum(1)[0].relu();
  expected = expected / expected.max().clamp_min(1e-12);
  ASSERT_EQ(heat.height, 2);
  for (std::int64_t row = 0; row < 2; ++row)
    for (std::int64_t column = 0; column < 2; ++column)
      EXPECT_NEAR(heat.at(row, column), expected[row][column].item<float>(), 1e-4);
}

TEST(GradCam, EveryLevelAndHead) {
  for (const char* head : {"vanilla", "la_net", "pyramid", "rmtl"}) {
    Network network = small_network(head);
    for (std::int64_t level = 1; level <= 4; ++level) {
      const ProbabilityMap heat = grad_cam(network, torch::rand({1, 1, 64, 64}), level, 0);
      EXPECT_EQ(heat.height, 64 >> (level + 1)) << head;
      for (const float value : heat.values) EXPECT_TRUE(value >= 0 && value <= 1) << head;
    }
  }
}

TEST(GradCam, TheGradientThroughTheMaskCounts) {
  // With mask attention the weights differ from the plain class activation map's.
  Network network = small_network("la_net");
  const torch::Tensor image = torch::rand({1, 1, 128, 128});
  const NetworkOutput output = network->forward(image);
  const auto gradient = torch::autograd::grad({output.class_logits[0][0]}, {output.features.back()})[0];
  const auto weight = network->named_parameters()["classifier.weight"][0];
  EXPECT_FALSE(torch::allclose(gradient.mean({2, 3})[0] * 16, weight, 1e-3, 1e-5));
}

TEST(Explainer, ExplainsAndRefuses) {
  const TemporaryFolder folder;
  Network network = small_network("la_net");
  ModelCard card;
  NetworkOptions options = network->options();
  card.architecture = to_commented_toml(fields_of(options));
  card.classes = {"benign", "malignant"};
  card.positive_class = "malignant";
  card.input_size = 64;
  save_model(folder / "model.safetensors", network, card);
  ExplainOptions explain;
  explain.steps = 4;
  explain.class_name = "malignant";
  Image input = make_image(64, 64, 1);
  for (std::size_t pixel = 0; pixel < input.pixels.size(); ++pixel)
    input.pixels[pixel] = static_cast<std::uint8_t>(pixel * 7);
  const Explanation explanation = Explainer(folder / "model.safetensors", explain).explain(input);
  EXPECT_EQ(explanation.class_name, "malignant");
  EXPECT_EQ(explanation.heat.height, 2);
  ASSERT_TRUE(explanation.scores);
  EXPECT_GT(explanation.scores->deletion, 0);
  explain.class_name = "malignat";
  EXPECT_TRUE(
      has(refusal<ConfigError>([&] { Explainer(folder / "model.safetensors", explain); }), "did you mean malignant"));
}

}  // namespace
}  // namespace lanet
