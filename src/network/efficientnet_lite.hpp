#pragma once

#include <cstdint>
#include <vector>

#include "network/network_builder.hpp"

namespace lanet {

/// How a variant is scaled: channels are multiplied by `width`, blocks of a stage by `depth`.
struct LiteScale {
  double width, depth;
};

/// One inverted residual. expansion 1: without its first convolution.
struct LiteBlock {
  std::int64_t inputs, outputs, kernel, stride, expansion;
  bool ends_level;  // its output is one of f_1 .. f_4
};

/// The blocks of a variant. Channels are c w, rounded to the nearest multiple of 8 and up where that loses more than a
/// tenth; a stage has ceil(r d) blocks, the first and the last stage always one. A level ends with the last block of
/// its stride, 4, 8, 16 or 32.
std::vector<LiteBlock> lite_blocks(const LiteScale& scale);

/// EfficientNet-Lite (Tan and Le 2019; the Lite variants have no squeeze-and-excitation and use ReLU6), without the
/// ImageNet head. TensorFlow's "SAME" padding. Names as in the published weights for PyTorch.
Features efficientnet_lite(NetworkBuilder& builder, ValueId image, const LiteScale& scale);

}  // namespace lanet
