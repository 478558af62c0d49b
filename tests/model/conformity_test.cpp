// What every network has to do, whatever it is made of.
#include <cstdlib>
#include <filesystem>
#include <set>

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include "core/error.hpp"
#include "model/network.hpp"
#include "model/network_cases.hpp"
#include "model/weights.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kSide = 64;

class Conformity : public testing::TestWithParam<NetworkCase> {
 protected:
  Network make(std::uint64_t seed = 1) const {
    torch::manual_seed(seed);
    return Network(GetParam().options, GetParam().classes);
  }
  static torch::Tensor images(std::int64_t count, std::uint64_t seed = 7) {
    torch::manual_seed(seed);
    return torch::rand({count, 1, kSide, kSide});
  }
  static bool same(const NetworkOutput& left, const NetworkOutput& right, double tolerance) {
    const auto close = [&](const torch::Tensor& a, const torch::Tensor& b) {
      if (!a.defined() || !b.defined()) return a.defined() == b.defined();
      return (a - b).abs().max().item<double>() <= tolerance * (b.abs().max().item<double>() + 1e-6);
    };
    return close(left.class_logits, right.class_logits) && close(left.mask_logits, right.mask_logits);
  }
};

TEST_P(Conformity, OutputsHaveTheirShapes) {
  const NetworkOptions& options = GetParam().options;
  Network network = make();
  for (const std::int64_t width : {kSide, kSide + 32}) {
    torch::manual_seed(2);
    const NetworkOutput output = network->forward(torch::rand({2, 1, kSide, width}));
    EXPECT_EQ(output.class_logits.sizes(), (std::vector<std::int64_t>{2, GetParam().classes}));
    ASSERT_EQ(output.features.size(), 4U);
    for (std::int64_t level = 1; level <= 4; ++level) {
      const auto& feature = output.features[static_cast<std::size_t>(level - 1)];
      EXPECT_EQ(feature.size(0), 2);
      EXPECT_EQ(feature.size(2), kSide >> (level + 1));
      EXPECT_EQ(feature.size(3), width >> (level + 1));
    }
    EXPECT_EQ(output.mask_logits.defined(), options.head != "vanilla");
    EXPECT_EQ(network->has_location_head(), output.mask_logits.defined());
    if (!output.mask_logits.defined()) continue;
    const std::int64_t shrink = options.head == "rmtl" ? 1 : std::int64_t{1} << (options.mask_level + 1);
    EXPECT_EQ(output.mask_logits.sizes(), (std::vector<std::int64_t>{2, 1, kSide / shrink, width / shrink}));
    EXPECT_EQ(mask_grid_size(options, kSide), kSide / shrink);
  }
}

TEST_P(Conformity, GradientReachesEveryParameter) {
  // A ReLU can be dead for one seed, not for all.
  std::set<std::string> missing;
  for (const auto& item : make()->named_parameters()) missing.insert(item.key());
  ASSERT_FALSE(missing.empty());
  for (std::uint64_t seed = 1; seed <= 8 && !missing.empty(); ++seed) {
    Network network = make(seed);
    shake(*network, seed);
    const NetworkOutput output = network->forward(images(3, seed));
    auto sum = (output.class_logits * torch::randn_like(output.class_logits)).sum();
    if (output.mask_logits.defined()) sum = sum + (output.mask_logits * torch::randn_like(output.mask_logits)).sum();
    sum.backward();
    for (const auto& item : network->named_parameters())
      if (item.value().grad().defined() && item.value().grad().abs().max().item<double>() > 0)
        missing.erase(item.key());
  }
  EXPECT_TRUE(missing.empty()) << *missing.begin() << " and " << missing.size() - 1 << " others";
}

TEST_P(Conformity, EvaluationRepeatsAndLeavesTheStateAlone) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  network->eval();
  std::vector<torch::Tensor> before;
  for (const auto& [name, tensor] : named_state(*network)) before.push_back(tensor.clone());
  const NetworkOutput first = network->forward(images(2));
  EXPECT_TRUE(same(first, network->forward(images(2)), 0));
  std::size_t index = 0;
  for (const auto& [name, tensor] : named_state(*network)) EXPECT_TRUE(torch::equal(tensor, before[index++])) << name;
}

TEST_P(Conformity, TrainingUsesAndUpdatesBatchStatistics) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  network->eval();
  const NetworkOutput evaluated = network->forward(images(4));
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : network->named_buffers()) before[item.key()] = item.value().clone();
  EXPECT_FALSE(before.empty());
  network->train();
  EXPECT_FALSE(same(network->forward(images(4)), evaluated, 1e-4));
  for (const auto& item : network->named_buffers())
    EXPECT_FALSE(torch::equal(item.value(), before[item.key()])) << item.key();
}

TEST_P(Conformity, ABatchIsItsImages) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  shake(*network, 3);
  network->eval();
  const auto batch = images(3);
  const NetworkOutput together = network->forward(batch);
  for (std::int64_t image = 0; image < 3; ++image) {
    const NetworkOutput alone = network->forward(batch.slice(0, image, image + 1));
    NetworkOutput part;
    part.class_logits = together.class_logits.slice(0, image, image + 1);
    if (together.mask_logits.defined()) part.mask_logits = together.mask_logits.slice(0, image, image + 1);
    EXPECT_TRUE(same(part, alone, 1e-4)) << image;
  }
}

TEST_P(Conformity, ABatchOfOneCanBeLearnedFrom) {
  Network network = make();
  const NetworkOutput output = network->forward(images(1));
  EXPECT_TRUE(output.class_logits.isfinite().all().item<bool>());
  output.class_logits.sum().backward();
}

TEST_P(Conformity, ChannelsLastGivesTheSame) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  shake(*network, 4);
  network->eval();
  const NetworkOutput plain = network->forward(images(2));
  use_channels_last(*network);
  const NetworkOutput last = network->forward(images(2));
  EXPECT_TRUE(same(last, plain, 1e-4));
  EXPECT_TRUE(last.features[0].is_contiguous(torch::MemoryFormat::ChannelsLast)) << "lost on the way";
}

TEST_P(Conformity, AutocastStaysNear) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  network->eval();
  const NetworkOutput plain = network->forward(images(2));
  at::autocast::set_autocast_enabled(torch::kCPU, true);
  at::autocast::set_autocast_dtype(torch::kCPU, torch::kBFloat16);
  const NetworkOutput half = network->forward(images(2));
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(torch::kCPU, false);
  // bf16 has 8 bits of mantissa: half a percent a layer.
  const auto near = [](const torch::Tensor& a, const torch::Tensor& b) {
    return (a.to(torch::kFloat32) - b).norm().item<double>() <= 0.2 * b.norm().item<double>() + 1e-3;
  };
  EXPECT_TRUE(near(half.class_logits, plain.class_logits));
  if (plain.mask_logits.defined()) {
    EXPECT_TRUE(near(half.mask_logits, plain.mask_logits));
  }
}

TEST_P(Conformity, StateSurvivesTheFile) {
  const torch::NoGradGuard no_gradient;
  Network network = make(1);
  shake(*network, 5);
  network->eval();
  const auto path = std::filesystem::temp_directory_path() /
                    ("lanet_conformity_" + std::to_string(getpid()) + "_" + GetParam().name + ".safetensors");
  save_state(path, *network, {{"kind", "test"}});
  Network other = make(2);
  other->eval();
  EXPECT_FALSE(same(other->forward(images(2)), network->forward(images(2)), 1e-4));
  const SafetensorsFile file = SafetensorsFile::open(path);
  std::filesystem::remove(path);
  load_state(*other, file);
  EXPECT_TRUE(same(other->forward(images(2)), network->forward(images(2)), 0));
  const auto expected = named_state(*network);
  const auto loaded = named_state(*other);
  ASSERT_EQ(expected.size(), loaded.size());
  ASSERT_EQ(expected.size(), file.tensors().size());
  for (std::size_t index = 0; index < expected.size(); ++index) {
    EXPECT_EQ(expected[index].first, loaded[index].first);
    EXPECT_TRUE(torch::equal(expected[index].second, loaded[index].second)) << expected[index].first;
  }
}

TEST_P(Conformity, RefusesOtherInputs) {
  const torch::NoGradGuard no_gradient;
  Network network = make();
  network->eval();
  const auto message = [&](const torch::Tensor& input) -> std::string {
    try {
      network->forward(input);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message(torch::zeros({1, 1, 65, 64})).find("32"), std::string::npos);
  EXPECT_NE(message(torch::zeros({1, 1, 64, 48})).find("32"), std::string::npos);
  EXPECT_NE(message(torch::zeros({1, 1, 0, 0})), "");
  EXPECT_NE(message(torch::zeros({1, 3, 64, 64})), "");
  EXPECT_NE(message(torch::zeros({1, 64, 64})), "");
}

INSTANTIATE_TEST_SUITE_P(Networks, Conformity, testing::ValuesIn(network_cases()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace lanet
