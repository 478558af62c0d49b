// Parts of the network against numbers that a reader can redo, and the bundled weights against their reference.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "model/backbone_weights.hpp"
#include "model/network.hpp"
#include "model/weights.hpp"
#include "modelfile/safetensors.hpp"
#include "network/attention.hpp"
#include "network/backbone.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const fs::path kBundled = fs::path(LANET_SOURCE_DIR) / "models/efficientnet_lite0_imagenet.safetensors";

NetworkOptions lite0() {
  NetworkOptions options;
  options.backbone = "efficientnet_lite0";
  return options;
}

/// A few operations as a module of their own: one result, of one or two inputs.
class Part : public torch::nn::Module {
 public:
  Part(NetworkBuilder& builder, ValueId result) : runner_(with_result(builder.list(), result), *this) {}
  torch::Tensor operator()(const std::vector<torch::Tensor>& inputs) {
    std::map<ValueId, torch::Tensor> given;
    for (ValueId value = 0; value < inputs.size(); ++value) given[value] = inputs[value];
    return runner_.run(given, runner_.list().class_logits)[runner_.list().class_logits];
  }

 private:
  static NetworkList with_result(NetworkList list, ValueId result) {
    list.top = list.class_logits = result;
    return list;
  }
  ListRunner runner_;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(MaskAttention, ByHand) {
  const auto f = torch::tensor({2.F, 4.F}).view({1, 1, 1, 2});
  const auto p = torch::tensor({0.5F, 0.F}).view({1, 1, 1, 2});
  NetworkBuilder builder;
  const ValueId features = builder.input(1), mask = builder.input(1);
  Part attention(builder, mask_attention(builder, features, mask));
  EXPECT_TRUE(torch::equal(attention({f, p}), torch::tensor({3.F, 4.F}).view({1, 1, 1, 2})));
  // A finer mask is averaged: (1 + 0 + 0 + 1) / 4.
  const auto fine = torch::tensor({1.F, 0.F, 0.F, 1.F}).view({1, 1, 2, 2});
  EXPECT_TRUE(torch::equal(attention({torch::full({1, 1, 1, 1}, 2.F), fine}), torch::full({1, 1, 1, 1}, 3.F)));
}

TEST(ChannelAttention, ByHand) {
  NetworkBuilder builder;
  Part attention(builder, channel_attention(builder, builder.input(2), "cam"));  // hidden width max(1, 2 / 16) = 1
  const torch::NoGradGuard no_gradient;
  auto parameters = attention.named_parameters();
  parameters["cam.reduce.weight"].copy_(torch::tensor({{1.F, -1.F}}));
  parameters["cam.reduce.bias"].fill_(0.5);
  parameters["cam.expand.weight"].copy_(torch::tensor({{1.F}, {-2.F}}));
  parameters["cam.expand.bias"].fill_(0);
  // Channel 0: 1 3 (mean 2, maximum 3); channel 1: 0 2 (1, 2). MLP(mean): relu(2 - 1 + .5) = 1.5; MLP(max): relu(3 - 2
  // + .5) = 1.5.
  const auto f = torch::tensor({1.F, 3.F, 0.F, 2.F}).view({1, 2, 1, 2});
  const auto out = attention({f});
  EXPECT_NEAR(out[0][0][0][1].item<double>(), 3 * sigmoid(3), 1e-5);
  EXPECT_NEAR(out[0][1][0][1].item<double>(), 2 * sigmoid(-6), 1e-5);
}

TEST(SpatialAttention, ByHand) {
  NetworkBuilder builder;
  Part attention(builder, spatial_attention(builder, builder.input(2), "sam", "conv7"));
  const torch::NoGradGuard no_gradient;
  attention.eval();
  auto weight = attention.named_parameters()["sam.convs.0.weight"];  // [1, 2, 7, 7]: maximum, mean
  weight.zero_();
  weight[0][0][3][3] = 1;
  weight[0][1][3][3] = -1;
  const auto f = torch::tensor({4.F, 1.F, 2.F, 1.F}).view({1, 2, 1, 2});
  // Pixel 0: maximum 4, mean 3: 1 through BN (variance 1, eps 1e-5). Pixel 1: 0.
  const auto out = attention({f});
  EXPECT_NEAR(out[0][0][0][0].item<double>(), 4 * sigmoid(1), 1e-4);
  EXPECT_NEAR(out[0][1][0][1].item<double>(), 1 * sigmoid(0), 1e-5);
}

TEST(LaNet, StartsAtItsPrior) {
  NetworkOptions options = lite0();
  options.mask_prior = 0.1;
  options.mask_gain = 3;
  torch::manual_seed(1);
  Network network(options, 2);
  const auto logits = network->forward(torch::rand({4, 1, 96, 96})).mask_logits;
  EXPECT_NEAR(logits.mean().item<double>(), std::log(1.0 / 9), 1e-3);
  EXPECT_NEAR(logits.std(false).item<double>(), 3, 0.05);
}

TEST(NetworkOptions, WrongOnesAreRefusedByName) {
  const auto message = [](const std::string& assignment) {
    NetworkOptions options;
    apply_assignment(assignment, fields_of(options));
    return refusal<ConfigError>([&] { options.validate(); });
  };
  EXPECT_TRUE(has(message("backbone=resnet19"), "resnet18"));
  EXPECT_TRUE(has(message("mask_level=5"), "mask_level"));
  EXPECT_TRUE(has(message("head=lanet"), "la_net"));
  EXPECT_TRUE(has(message("stem_channels=2"), "stem_channels"));
  NetworkOptions grey;
  grey.stem_channels = 1;
  grey.scaling = "backbone";
  EXPECT_THROW(grey.validate(), ConfigError) << "three means cannot be folded";
  grey.backbone = "efficientnet_lite0";
  EXPECT_NO_THROW(grey.validate());
}

/// Features of published weights that stand in models/: Lite0's are bundled, others only where they were imported.
class PublishedWeights : public testing::TestWithParam<std::string> {};

TEST_P(PublishedWeights, GiveTheReferenceFeatures) {
  const fs::path weights = fs::path(LANET_SOURCE_DIR) / "models" / (GetParam() + "_imagenet.safetensors");
  if (weights != kBundled && !fs::exists(weights)) GTEST_SKIP() << "no " << weights;
  const auto reference = nlohmann::json::parse(
      read_file(fs::path(LANET_SOURCE_DIR) / "tests/model/data" / (GetParam() + "_reference.json")));
  NetworkOptions options;
  options.backbone = GetParam();
  options.head = "vanilla";
  Network network(options, 2);
  load_backbone_weights(network, weights.string());
  network->eval();
  // x[c, h, w] = sin(0.1 (c + 1) h) cos(0.07 w)
  const auto h = torch::arange(64, torch::kFloat32).view({1, 64, 1});
  const auto w = torch::arange(64, torch::kFloat32).view({1, 1, 64});
  const auto c = torch::arange(1, 4, torch::kFloat32).view({3, 1, 1});
  const torch::NoGradGuard no_gradient;
  const auto features = network->features_of(((0.1 * c * h).sin() * (0.07 * w).cos()).unsqueeze(0));
  for (std::size_t level = 0; level < 4; ++level) {
    const auto& expected = reference.at("features").at("f" + std::to_string(level + 1));
    const auto flat = features[level].contiguous().view(-1);
    EXPECT_EQ(features[level].sizes().vec(), expected.at("shape").get<std::vector<std::int64_t>>());
    const double scale = expected.at("std").get<double>();
    EXPECT_NEAR(flat.mean().item<double>(), expected.at("mean").get<double>(), 1e-3 * scale);
    EXPECT_NEAR(flat.std().item<double>(), scale, 1e-3 * scale);
    for (std::int64_t index = 0; index < 5; ++index)
      EXPECT_NEAR(flat[index].item<double>(), expected.at("first5")[static_cast<std::size_t>(index)].get<double>(),
                  1e-3 * scale);
  }
}

INSTANTIATE_TEST_SUITE_P(Lite, PublishedWeights,
                         testing::Values("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"),
                         [](const auto& tested) { return tested.param; });

TEST(BackboneWeights, AFoldedStemGivesTheSameOutput) {
  for (const std::string scaling : {"zero_one", "backbone", "minus_one_one"}) {
    NetworkOptions options = lite0();
    options.scaling = scaling;
    torch::manual_seed(3);
    Network three(options, 2);
    options.stem_channels = 1;
    torch::manual_seed(3);
    Network one(options, 2);
    load_backbone_weights(three, kBundled.string());
    const LoadReport report = load_backbone_weights(one, kBundled.string());
    ASSERT_EQ(report.changed.size(), 1U);
    EXPECT_TRUE(has(report.changed[0], "_conv_stem.weight"));
    EXPECT_FALSE(report.left.empty());  // the ImageNet head
    three->eval();
    one->eval();
    const torch::NoGradGuard no_gradient;
    const auto images = torch::rand({1, 1, 64, 64});
    const auto expected = three->forward(images).features[3], folded = one->forward(images).features[3];
    EXPECT_LT((expected - folded).abs().max().item<double>(), 1e-4 * expected.abs().max().item<double>()) << scaling;
  }
}

TEST(BackboneWeights, WrongOnesAreRefused) {
  Network network(lite0(), 2);
  EXPECT_TRUE(load_backbone_weights(network, "none").taken.empty());
  EXPECT_TRUE(has(refusal<DataError>([&] { load_backbone_weights(network, "/nowhere.pth"); }), "weights import"));
  Network other(NetworkOptions{}, 2);
  EXPECT_TRUE(has(refusal<DataError>([&] { load_backbone_weights(other, kBundled.string()); }), "resnet18"));
}

/// torchvision's state dict of a ResNet, made by PyTorch without torchvision: the names and shapes are what counts.
constexpr const char* kTorchvisionResnet18 = R"python(
import sys, torch, collections
d = collections.OrderedDict()
torch.manual_seed(int(sys.argv[2]))
def conv(name, o, i, k): d[name + '.weight'] = torch.randn(o, i, k, k) * 0.05
def bn(name, c):
    d[name + '.weight'] = torch.rand(c); d[name + '.bias'] = torch.randn(c)
    d[name + '.running_mean'] = torch.randn(c); d[name + '.running_var'] = torch.rand(c) + 0.5
    if sys.argv[3] == 'counters': d[name + '.num_batches_tracked'] = torch.tensor(7)
conv('conv1', 64, 3, 7); bn('bn1', 64)
inputs = 64
for layer, width in enumerate((64, 128, 256, 512), 1):
    for block in range(2):
        p = f'layer{layer}.{block}.'
        conv(p + 'conv1', width, inputs, 3); bn(p + 'bn1', width)
        conv(p + 'conv2', width, width, 3); bn(p + 'bn2', width)
        if inputs != width:
            conv(p + 'downsample.0', width, inputs, 1); bn(p + 'downsample.1', width)
        inputs = width
d['fc.weight'] = torch.randn(1000, 512); d['fc.bias'] = torch.randn(1000)
if sys.argv[3] == 'broken': del d['layer3.0.conv1.weight']
torch.save(d, sys.argv[1])
)python";

bool make_pth(const fs::path& path, const std::string& kind) {
  const std::string python = std::string(LANET_SOURCE_DIR) + "/.venv/bin/python";
  if (!fs::exists(python)) return false;
  const ChildResult result = run_child({python, "-c", kTorchvisionResnet18, path.string(), "5", kind});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return true;
}

TEST(ImportWeights, TakesATorchvisionFile) {
  const TemporaryFolder folder;
  for (const std::string kind : {"counters", "old"}) {
    if (!make_pth(folder / "resnet18.pth", kind)) GTEST_SKIP() << "no .venv with torch";
    const ImportedWeights imported = import_weights(folder / "resnet18.pth", folder.path());
    EXPECT_EQ(imported.backbone, "resnet18");
    EXPECT_EQ(imported.file, folder / "resnet18_imagenet.safetensors");
    EXPECT_EQ(imported.report.left, (std::vector<std::string>{"fc.weight", "fc.bias"}));
    EXPECT_EQ(imported.report.taken.size(), kind == "old" ? 100U : 120U);  // 20 convolutions, 20 x 4 (5) of the norms
    Network from_safetensors(NetworkOptions{}, 2), from_pth(NetworkOptions{}, 2);
    load_backbone_weights(from_safetensors, imported.file.string());
    load_backbone_weights(from_pth, (folder / "resnet18.pth").string());
    const auto left = named_state(from_safetensors->backbone()), right = named_state(from_pth->backbone());
    for (std::size_t index = 0; index < left.size(); ++index)
      EXPECT_TRUE(torch::equal(left[index].second, right[index].second)) << left[index].first;
  }
}

TEST(ImportWeights, KnowsEveryBackboneByItsTensors) {
  const TemporaryFolder folder;
  for (const Backbone& entry : backbones()) {
    NamedTensors state;
    for (const LayerTensor& tensor : backbone_tensors(entry, 3))
      state.emplace_back(tensor.name, torch::zeros(tensor.shape));
    state.emplace_back("_fc.bias", torch::zeros({1000}));
    save_tensors(folder / "x.safetensors", state, {});
    const ImportedWeights imported = import_weights(folder / "x.safetensors", folder.path());
    EXPECT_EQ(imported.backbone, entry.name);
    EXPECT_EQ(imported.file, folder / (std::string(entry.name) + "_imagenet.safetensors"));
    EXPECT_EQ(imported.report.left, std::vector<std::string>{"_fc.bias"});
  }
}

TEST(ImportWeights, AFileOfTheUserStays) {
  const TemporaryFolder folder;
  if (!make_pth(folder / "resnet18.pth", "old")) GTEST_SKIP() << "no .venv with torch";
  const fs::path taken = folder / "resnet18_imagenet.safetensors";
  write_file_atomically(taken, "mine");
  EXPECT_THROW(import_weights(folder / "resnet18.pth", folder.path()), InTheWay);
  EXPECT_EQ(read_file(taken), "mine");
  EXPECT_EQ(import_weights(folder / "resnet18.pth", folder.path(), /*overwrite=*/true).file, taken);
  EXPECT_NE(read_file(taken), "mine");
}

TEST(ImportWeights, SaysWhatDoesNotAgree) {
  const TemporaryFolder folder;
  if (!make_pth(folder / "x.pth", "broken")) GTEST_SKIP() << "no .venv with torch";
  const std::string message = refusal<DataError>([&] { import_weights(folder / "x.pth", folder.path()); });
  EXPECT_TRUE(has(message, "layer3.0.conv1.weight")) << message;
  EXPECT_TRUE(has(message, "resnet18")) << message;
  EXPECT_FALSE(fs::exists(folder / "resnet18_imagenet.safetensors"));
}

TEST(LoadState, NamesMissingExtraAndMisshapenTensors) {
  const TemporaryFolder folder;
  Network network(lite0(), 2);
  NamedTensors state = named_state(*network);
  const auto message = [&](const NamedTensors& tensors) {
    save_tensors(folder / "x.safetensors", tensors, {});
    return refusal<DataError>([&] { load_state(*network, SafetensorsFile::open(folder / "x.safetensors")); });
  };
  EXPECT_EQ(message(state), "");
  NamedTensors missing(state.begin(), state.end() - 1);
  EXPECT_TRUE(has(message(missing), "lacks " + state.back().first));
  NamedTensors extra = state;
  extra.emplace_back("other", torch::zeros({1}));
  EXPECT_TRUE(has(message(extra), "unknown other"));
  NamedTensors misshapen = state;
  misshapen.back().second = torch::zeros({5});
  EXPECT_TRUE(has(message(misshapen), "[5]"));
}

TEST(Model, SavesAndLoadsWhole) {
  const TemporaryFolder folder;
  NetworkOptions options = lite0();
  options.mask_level = 2;
  torch::manual_seed(1);
  Network network(options, 3);
  network->eval();
  ModelCard card;
  card.architecture = to_commented_toml(fields_of(options));
  card.classes = {"benign", "malignant", "normal"};
  card.positive_class = "malignant";
  card.input_size = 64;
  save_model(folder / "m.safetensors", network, card);
  LoadedModel loaded = load_model(folder / "m.safetensors");
  EXPECT_EQ(loaded.network->options().mask_level, 2);
  EXPECT_EQ(loaded.network->classes(), 3);
  const torch::NoGradGuard no_gradient;
  const auto images = torch::rand({1, 1, 64, 64});
  EXPECT_TRUE(torch::equal(loaded.network->forward(images).class_logits, network->forward(images).class_logits));
  EXPECT_THROW(load_model(kBundled), DataError) << "weights alone are no model";
  card.architecture = "backbone = 'future_net'\n";
  save_model(folder / "m.safetensors", network, card);
  EXPECT_THROW(load_model(folder / "m.safetensors"), DataError);
}

}  // namespace
}  // namespace lanet
