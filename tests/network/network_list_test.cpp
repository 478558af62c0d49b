#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "network/backbone.hpp"
#include "network/location_head.hpp"
#include "network/network.hpp"
#include "network/passes.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

using Kinds = std::vector<OperationKind>;

Kinds kinds_of(const NetworkList& list) {
  Kinds kinds;
  for (const Operation& operation : list.operations) kinds.push_back(operation.kind);
  return kinds;
}

/// x -> convolution -> norm -> + shortcut -> ReLU, where the shortcut is another norm of x; all results are the end.
NetworkList small_residual(std::int64_t channels) {
  NetworkBuilder builder;
  const ValueId x = builder.input(channels);
  const ValueId shortcut = builder.norm(x, "side");
  const ValueId main = builder.norm(builder.convolve(x, "conv", channels, {3, 1, 1, false, false}), "main");
  const ValueId end = builder.activate(builder.add(main, shortcut), Nonlinearity::kRelu);
  NetworkList list = builder.list();
  list.features = {end};
  list.top = list.class_logits = end;
  return list;
}

TEST(NetworkBuilder, OneNameIsOneLayer) {
  NetworkBuilder builder;
  const ValueId x = builder.input(4);
  const ValueId once = builder.convolve(x, "a", 4, {3, 1, 1, false, false});
  builder.convolve(once, "a", 4, {3, 1, 1, false, false});
  EXPECT_EQ(builder.list().layers.size(), 1U);
  EXPECT_THROW(builder.convolve(once, "a", 8, {3, 1, 1, false, false}), std::logic_error);
  builder.begin_part("head");
  builder.convolve(once, "a", 8, {});
  EXPECT_EQ(builder.list().layers.back().name, "head.a");
}

TEST(Padding, AsTensorflowAndByHand) {
  Layer layer;
  layer.kernel = 3;
  layer.stride = 2;
  layer.padding = kSamePadding;
  // 5 rows give ceil(5 / 2) = 3; (3 - 1) 2 + 3 - 5 = 2 zeros. 4 rows give 2 and one zero, at the end.
  EXPECT_EQ(padding_of(layer, 5).outputs, 3);
  EXPECT_EQ(padding_of(layer, 5).before, 1);
  EXPECT_EQ(padding_of(layer, 5).behind, 1);
  EXPECT_EQ(padding_of(layer, 4).outputs, 2);
  EXPECT_EQ(padding_of(layer, 4).before, 0);
  EXPECT_EQ(padding_of(layer, 4).behind, 1);
  layer.padding = 1;
  EXPECT_EQ(padding_of(layer, 5).outputs, 3);  // (5 + 2 - 3) / 2 + 1
}

TEST(Passes, ANormIsOneStepWithTheSumAndTheActivationAfterIt) {
  const NetworkList fused = fuse_norms(small_residual(16));
  EXPECT_EQ(kinds_of(fused), (Kinds{OperationKind::kInput, OperationKind::kNormActivation, OperationKind::kConvolution,
                                    OperationKind::kNormActivation}));
  const Operation &side = fused.operations[1], &main = fused.operations[3];
  EXPECT_EQ(side.inputs, std::vector<ValueId>{0});  // the second summand: for itself
  EXPECT_EQ(side.activation, Nonlinearity::kNone);
  EXPECT_EQ(main.inputs, (std::vector<ValueId>{2, 1}));
  EXPECT_EQ(main.activation, Nonlinearity::kRelu);
  EXPECT_EQ(fused.class_logits, 3U);
  EXPECT_EQ(fused.features, std::vector<ValueId>{3});
}

TEST(Passes, WhatIsReadElsewhereIsNotFused) {
  NetworkBuilder builder;
  const ValueId normed = builder.norm(builder.input(16), "norm");
  const ValueId active = builder.activate(normed, Nonlinearity::kRelu6);
  const ValueId end = builder.add(active, normed);
  NetworkList list = builder.list();
  list.top = list.class_logits = end;
  EXPECT_EQ(kinds_of(fuse_norms(list)), (Kinds{OperationKind::kInput, OperationKind::kNormActivation,
                                               OperationKind::kActivation, OperationKind::kAdd}));
}

TEST(Passes, NormsOfFewChannelsStay) {
  EXPECT_EQ(kinds_of(fuse_norms(small_residual(8))), kinds_of(small_residual(8)));
}

TEST(Passes, ANormGoesIntoTheConvolutionBeforeIt) {
  const NetworkList folded = fold_norms(small_residual(16));
  EXPECT_EQ(kinds_of(folded), (Kinds{OperationKind::kInput, OperationKind::kNorm, OperationKind::kConvolution,
                                     OperationKind::kAdd, OperationKind::kActivation}));
  EXPECT_EQ(folded.layers[folded.operations[2].norm].name, "main");
  EXPECT_EQ(folded.operations[3].inputs, (std::vector<ValueId>{2, 1}));
}

TEST(Passes, ValuesAreLetGoAfterTheirLastReader) {
  const NetworkList list = small_residual(16);  // 0 x, 1 side, 2 conv, 3 main, 4 sum, 5 end
  const auto ending = last_uses(list);
  EXPECT_TRUE(ending[1].empty());  // x is a result by its name `image`
  EXPECT_EQ(ending[3], std::vector<ValueId>{2});
  EXPECT_EQ(ending[4], (std::vector<ValueId>{3, 1}));
  EXPECT_EQ(ending[5], std::vector<ValueId>{4});
}

TEST(Passes, AMaskThatWeighsNothingNeedsNoProbability) {
  NetworkOptions options;
  const NetworkList weighs = network_list(options, 2);
  EXPECT_TRUE(needed_values(weighs)[*weighs.mask_probability]);
  options.mask_attention = false;
  const NetworkList weighs_not = network_list(options, 2);
  const std::vector<bool> needed = needed_values(weighs_not);
  EXPECT_FALSE(needed[*weighs_not.mask_probability]);
  EXPECT_EQ(std::count(needed.begin(), needed.end(), false), 1);
}

// An operation reads earlier ones only, whatever passes the list went through.
TEST(Networks, AreListsInOrder) {
  for (const std::string& backbone : backbone_names())
    for (const LocationHead& head : location_heads()) {
      NetworkOptions options;
      options.backbone = backbone;
      options.head = head.name;
      const NetworkList plain = network_list(options, 3);
      for (const NetworkList& list : {plain, fuse_norms(plain), fold_norms(plain)}) {
        for (ValueId value = 0; value < list.operations.size(); ++value)
          for (const ValueId input : list.operations[value].inputs) EXPECT_LT(input, value);
        const std::vector<ValueShape> shapes = shapes_of(list, 64, 96);
        for (std::size_t level = 0; level < 4; ++level) {
          EXPECT_EQ(shapes[list.features[level]].height, 16 >> level) << backbone << " " << head.name;
          EXPECT_EQ(shapes[list.features[level]].width, 24 >> level);
        }
        EXPECT_EQ(shapes[*list.mask_logits].channels, 1);
        EXPECT_EQ(shapes[*list.mask_logits].height, mask_grid_size(options, 64));
        EXPECT_EQ(shapes[list.class_logits], (ValueShape{3, 0, 0}));
      }
    }
}

// The published numbers less those of layers that are not built: 11,176,512 is ResNet-18 without its classifier; of
// Lite0's 4,652,008 all but the 409,600 + 2,560 of its last convolution and norm and the 1,281,000 of
// its classifier.
TEST(Backbones, HaveThePublishedNumberOfParameters) {
  const auto parameters = [](const std::string& name) {
    std::int64_t count = 0;
    for (const Layer& layer : backbone_list(find_backbone(name), 3).layers)
      for (const LayerTensor& tensor : tensors_of(layer)) {
        if (tensor.name.find("running_") != std::string::npos || tensor.shape.empty()) continue;
        std::int64_t elements = 1;
        for (const std::int64_t side : tensor.shape) elements *= side;
        count += elements;
      }
    return count;
  };
  EXPECT_EQ(parameters("resnet18"), 11'176'512);
  EXPECT_EQ(parameters("resnet50"), 23'508'032);
  EXPECT_EQ(parameters("efficientnet_lite0"), 4'652'008 - 409'600 - 2'560 - 1'281'000);
}

TEST(Networks, FewerThanTwoClassesAreRefused) { EXPECT_THROW(network_list(NetworkOptions{}, 1), ConfigError); }

}  // namespace
}  // namespace lanet
