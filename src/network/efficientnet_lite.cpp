#include "network/efficientnet_lite.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace lanet {
namespace {

constexpr NormForm kNorm{1e-3, 0.01};
constexpr std::int64_t kStemChannels = 32;

struct LiteStage {
  std::int64_t repeats, kernel, stride, expansion, channels;
};
constexpr std::array<LiteStage, 7> kStages{{{1, 3, 1, 1, 16},
                                            {2, 3, 2, 6, 24},
                                            {2, 5, 2, 6, 40},
                                            {3, 3, 2, 6, 80},
                                            {3, 5, 1, 6, 112},
                                            {4, 5, 2, 6, 192},
                                            {1, 3, 1, 6, 320}}};

std::int64_t scaled_channels(std::int64_t channels, double width) {
  constexpr std::int64_t kMultiple = 8;
  const double wanted = static_cast<double>(channels) * width;
  const std::int64_t rounded =
      std::max(kMultiple, static_cast<std::int64_t>(wanted + kMultiple / 2) / kMultiple * kMultiple);
  return static_cast<double>(rounded) < 0.9 * wanted ? rounded + kMultiple : rounded;
}

std::int64_t scaled_repeats(std::size_t stage, double depth) {
  const std::int64_t repeats = kStages[stage].repeats;
  if (stage == 0 || stage + 1 == kStages.size()) return repeats;
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(repeats) * depth));
}

/// Convolution, norm and, unless it is the last of a block, ReLU6.
ValueId step(NetworkBuilder& builder, ValueId x, const std::string& convolution, const std::string& norm,
             std::int64_t outputs, const ConvolutionForm& form, bool activated = true) {
  x = builder.norm(builder.convolve(x, convolution, outputs, form), norm, kNorm);
  return activated ? builder.activate(x, Nonlinearity::kRelu6) : x;
}

/// Expand 1 x 1, depthwise, project 1 x 1; a shortcut where size and channels stay.
ValueId inverted_residual(NetworkBuilder& builder, ValueId input, const std::string& name, const LiteBlock& block) {
  const std::int64_t middle = block.inputs * block.expansion;
  const ConvolutionForm point{1, 1, kSamePadding, false, false};
  ValueId x = input;
  if (block.expansion != 1) x = step(builder, x, name + "._expand_conv", name + "._bn0", middle, point);
  x = step(builder, x, name + "._depthwise_conv", name + "._bn1", middle,
           {block.kernel, block.stride, kSamePadding, true, false});
  x = step(builder, x, name + "._project_conv", name + "._bn2", block.outputs, point, /*activated=*/false);
  return block.stride == 1 && block.inputs == block.outputs ? builder.add(x, input) : x;
}

}  // namespace

std::vector<LiteBlock> lite_blocks(const LiteScale& scale) {
  std::vector<LiteBlock> blocks;
  std::int64_t inputs = kStemChannels;
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    const LiteStage& shape = kStages[stage];
    const std::int64_t outputs = scaled_channels(shape.channels, scale.width);
    const std::int64_t repeats = scaled_repeats(stage, scale.depth);
    // What comes before the first stride is at stride 2, which is no level.
    if (shape.stride > 1 && stage > 1) blocks.back().ends_level = true;
    for (std::int64_t repeat = 0; repeat < repeats; ++repeat) {
      blocks.push_back({inputs, outputs, shape.kernel, repeat == 0 ? shape.stride : 1, shape.expansion, false});
      inputs = outputs;
    }
  }
  blocks.back().ends_level = true;
  return blocks;
}

Features efficientnet_lite(NetworkBuilder& builder, ValueId image, const LiteScale& scale) {
  ValueId x = step(builder, image, "_conv_stem", "_bn0", kStemChannels, {3, 2, kSamePadding, false, false});
  Features features{};
  const std::vector<LiteBlock> blocks = lite_blocks(scale);
  for (std::size_t index = 0, level = 0; index < blocks.size(); ++index) {
    x = inverted_residual(builder, x, "_blocks." + std::to_string(index), blocks[index]);
    if (blocks[index].ends_level) features.at(level++) = x;
  }
  return features;
}

}  // namespace lanet
