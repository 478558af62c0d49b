#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lanet {

/// What the ImageNet weights of a backbone expect: (x - mean) / deviation of RGB in [0, 1].
struct InputScaling {
  std::array<double, 3> mean;
  std::array<double, 3> deviation;

  /// One mean and one deviation for all channels: a grey image may then go through a folded stem.
  bool is_uniform() const;
};

enum class BackboneFamily { kResnet, kEfficientNetLite };

/// What there is to know of a backbone without building it.
struct BackboneFacts {
  const char* name;   // as in network.backbone
  const char* title;  // as in figures
  BackboneFamily family;
  InputScaling scaling;
  double width = 1;  // EfficientNet-Lite: channels are multiplied by it,
  double depth = 1;  // and blocks of a stage
};

/// Names of the backbones.
std::vector<std::string> backbone_names();
/// Throws ConfigError naming the nearest known backbone.
const BackboneFacts& find_backbone_facts(const std::string& backbone);
const InputScaling& find_input_scaling(const std::string& backbone);

/// One inverted residual of an EfficientNet-Lite. expansion 1: without its first convolution.
struct LiteBlock {
  std::int64_t inputs, outputs, kernel, stride, expansion;
  bool ends_level;  // its output is one of f_1 .. f_4
};

/// Output channels of the first convolution of every EfficientNet-Lite.
constexpr std::int64_t kLiteStemChannels = 32;

/// The blocks of an EfficientNet-Lite (Tan and Le 2019). Channels are c w, rounded to the nearest multiple of 8 and up
/// where that loses more than a tenth; a stage has ceil(r d) blocks, the first and the last stage always one. A level
/// ends with the last block of its stride, 4, 8, 16 or 32.
std::vector<LiteBlock> lite_blocks(double width, double depth);

}  // namespace lanet
