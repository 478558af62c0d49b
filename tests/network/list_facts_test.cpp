// What is read off a list: cost, text, drawing.
#include <gtest/gtest.h>

#include "network/backbone.hpp"
#include "network/cost.hpp"
#include "network/list_drawing.hpp"
#include "network/network.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

// A 3 x 3 convolution 1 -> 2 with bias and stride 2 over 4 x 4, its norm, and a linear layer 2 -> 3 over the mean:
// 18 + 2 + 2 + 2 + 6 + 3 parameters; 18 weights at 4 places and 6 at one; 16 + 8 + 8 + 2 + 3 values.
TEST(Cost, ByHand) {
  NetworkBuilder builder;
  const ValueId x = builder.input(1);
  const ValueId normed = builder.norm(builder.convolve(x, "conv", 2, {3, 2, 1, false, true}), "norm");
  builder.linear(builder.global_average_pool(normed), "classifier", 3);
  const NetworkCost cost = cost_of(builder.list(), 4);
  EXPECT_EQ(cost.parameters, 33);
  EXPECT_EQ(cost.multiply_adds, 18 * 4 + 6);
  EXPECT_EQ(cost.values, 37);
}

// Every weight of a transposed convolution of stride 4 meets each of the 2 x 2 places once.
TEST(Cost, OfATransposedConvolution) {
  NetworkBuilder builder;
  builder.convolve_transposed(builder.input(3), "up", 5, 4);
  const NetworkCost cost = cost_of(builder.list(), 2);
  EXPECT_EQ(cost.parameters, 3 * 5 * 16);
  EXPECT_EQ(cost.multiply_adds, 3 * 5 * 16 * 4);
  EXPECT_EQ(cost.values, 3 * 4 + 5 * 64);
}

// The papers' figures for images of 224 px: ResNet-18 1.8 and ResNet-50 4.1 thousand million (He et al. 2016, Table 1;
// v1.5 has its stride in the 3 x 3 convolution), MobileNetV2 300 million less the 20 of its last convolution and the 1
// of its classifier, which are not built here.
TEST(Cost, OfPublishedBackbones) {
  const auto millions = [](const char* name) {
    return static_cast<double>(cost_of(backbone_list(find_backbone(name), 3), 224).multiply_adds) / 1e6;
  };
  EXPECT_NEAR(millions("resnet18"), 1814, 10);
  EXPECT_NEAR(millions("resnet50"), 4087, 20);
  EXPECT_NEAR(millions("mobilenet_v2"), 279, 3);
}

TEST(ListDrawing, NamesOperationsResultsAndTitle) {
  const std::string graph = list_graph(network_list(NetworkOptions{}, 2), 64, "a \"title\"");
  EXPECT_TRUE(has(graph, "label=\"a \\\"title\\\"\""));
  EXPECT_TRUE(has(graph, "n2 [label=\"convolution 7 x 7 / 2 fex.conv1\\n64 x 32 x 32\", fillcolor=\"#dbeafe\"]"))
      << graph.substr(0, 900);
  EXPECT_TRUE(has(graph, "n1 -> n2;"));
  EXPECT_TRUE(has(graph, "\\nclass logits\", fillcolor=\"#dcfce7\", peripheries=2]"));
}

TEST(NetworkText, ALineAnOperation) {
  const std::string text = list_text(network_list(NetworkOptions{}, 2), 64);
  EXPECT_TRUE(
      text.starts_with("0 input -> 1 x 64 x 64\n1 repeat of 0 -> 3 x 64 x 64\n"
                       "2 convolution 7 x 7 / 2 fex.conv1 of 1 -> 64 x 32 x 32\n3 norm fex.bn1 of 2 -> 64 x 32 x 32\n"))
      << text.substr(0, 300);
  EXPECT_TRUE(has(text, " linear classifier of ")) << text;
}

}  // namespace
}  // namespace lanet
