#include "modelfile/backbone_facts.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/settings.hpp"

namespace lanet {
namespace {

constexpr InputScaling kTorchvision{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
constexpr InputScaling kTensorflow{{127.0 / 255, 127.0 / 255, 127.0 / 255}, {128.0 / 255, 128.0 / 255, 128.0 / 255}};

constexpr std::array<BackboneFacts, 5> kBackbones{{
    {"resnet18", "ResNet-18", BackboneFamily::kResnet, kTorchvision},
    {"resnet50", "ResNet-50", BackboneFamily::kResnet, kTorchvision},
    {"efficientnet_lite0", "EfficientNet-Lite0", BackboneFamily::kEfficientNetLite, kTensorflow, 1.0, 1.0},
    {"efficientnet_lite1", "EfficientNet-Lite1", BackboneFamily::kEfficientNetLite, kTensorflow, 1.0, 1.1},
    {"efficientnet_lite2", "EfficientNet-Lite2", BackboneFamily::kEfficientNetLite, kTensorflow, 1.1, 1.2},
}};

struct LiteStage {
  std::int64_t repeats, kernel, stride, expansion, channels;
};
constexpr std::array<LiteStage, 7> kLiteStages{{{1, 3, 1, 1, 16},
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
  const std::int64_t repeats = kLiteStages[stage].repeats;
  if (stage == 0 || stage + 1 == kLiteStages.size()) return repeats;
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(repeats) * depth));
}

}  // namespace

bool InputScaling::is_uniform() const {
  return mean[0] == mean[1] && mean[1] == mean[2] && deviation[0] == deviation[1] && deviation[1] == deviation[2];
}

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const BackboneFacts& facts : kBackbones) names.emplace_back(facts.name);
  return names;
}

const BackboneFacts& find_backbone_facts(const std::string& backbone) {
  require_one_of("network.backbone", backbone, backbone_names());
  for (const BackboneFacts& facts : kBackbones)
    if (backbone == facts.name) return facts;
  throw std::logic_error("unreachable");
}

const InputScaling& find_input_scaling(const std::string& backbone) { return find_backbone_facts(backbone).scaling; }

std::vector<LiteBlock> lite_blocks(double width, double depth) {
  std::vector<LiteBlock> blocks;
  std::int64_t inputs = kLiteStemChannels;
  for (std::size_t stage = 0; stage < kLiteStages.size(); ++stage) {
    const LiteStage& shape = kLiteStages[stage];
    const std::int64_t outputs = scaled_channels(shape.channels, width);
    const std::int64_t repeats = scaled_repeats(stage, depth);
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

}  // namespace lanet
