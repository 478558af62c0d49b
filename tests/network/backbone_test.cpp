#include "network/backbone.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "network/efficientnet_lite.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<LiteBlock> blocks_of(const std::string& backbone) {
  if (backbone == "efficientnet_lite0") return lite_blocks({1.0, 1.0});
  return lite_blocks(backbone == "efficientnet_lite1" ? LiteScale{1.0, 1.1} : LiteScale{1.1, 1.2});
}

Ints levels_of(const std::vector<LiteBlock>& blocks) {
  Ints levels;
  for (std::size_t index = 0; index < blocks.size(); ++index)
    if (blocks[index].ends_level) levels.push_back(static_cast<std::int64_t>(index));
  return levels;
}

Ints outputs_of(const std::vector<LiteBlock>& blocks) {
  Ints outputs;
  for (const LiteBlock& block : blocks) outputs.push_back(block.outputs);
  return outputs;
}

TEST(LiteBlocks, AreThoseOfThePublishedWeights) {
  EXPECT_EQ(outputs_of(blocks_of("efficientnet_lite0")),
            (Ints{16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320}));
  // ceil(2 * 1.1) = 3, ceil(3 * 1.1) = 4, ceil(4 * 1.1) = 5
  EXPECT_EQ(outputs_of(blocks_of("efficientnet_lite1")),
            (Ints{16, 24, 24, 24, 40, 40, 40, 80, 80, 80, 80, 112, 112, 112, 112, 192, 192, 192, 192, 192, 320}));
  // 40 * 1.1 = 44 -> 48, 80 -> 88, 112 -> 123.2 -> 120, 192 -> 211.2 -> 208, 320 -> 352
  EXPECT_EQ(outputs_of(blocks_of("efficientnet_lite2")),
            (Ints{16, 24, 24, 24, 48, 48, 48, 88, 88, 88, 88, 120, 120, 120, 120, 208, 208, 208, 208, 208, 352}));
  EXPECT_EQ(levels_of(blocks_of("efficientnet_lite0")), (Ints{2, 4, 10, 15}));
  EXPECT_EQ(levels_of(blocks_of("efficientnet_lite1")), (Ints{3, 6, 14, 20}));
  EXPECT_EQ(levels_of(blocks_of("efficientnet_lite2")), (Ints{3, 6, 14, 20}));
}

TEST(LiteBlocks, FollowOneAnother) {
  for (const char* backbone : {"efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"}) {
    std::int64_t inputs = 32, stride = 2;  // of the stem
    for (const LiteBlock& block : blocks_of(backbone)) {
      EXPECT_EQ(block.inputs, inputs) << backbone;
      inputs = block.outputs;
      stride *= block.stride;
    }
    EXPECT_EQ(stride, 32) << backbone;
  }
}

TEST(LiteBlocks, ANarrowNetworkLosesNoMoreThanATenth) {
  // 16 * .7 = 11.2 -> 8 loses more than a tenth, so 16; 24 * .7 = 16.8 -> 16; 40 * .7 = 28 -> 32
  const Ints outputs = outputs_of(lite_blocks({0.7, 1}));
  EXPECT_EQ(outputs[0], 16);
  EXPECT_EQ(outputs[1], 16);
  EXPECT_EQ(outputs[3], 32);
}

TEST(Backbones, AnUnknownNameIsRefused) {
  EXPECT_TRUE(has(refusal<ConfigError>([] { find_backbone("efficientnet_lite9"); }), "efficientnet_lite"));
  EXPECT_EQ(backbone_names().size(), 6U);
  for (const std::string& name : backbone_names()) EXPECT_EQ(find_backbone(name).name, name);
}

}  // namespace
}  // namespace lanet
