#pragma once

#include "network/network_builder.hpp"

namespace lanet {

/// MobileNetV2 (Sandler et al. 2018) of width 1, without its last convolution and the ImageNet head. Names as in the
/// published weights whose blocks are numbered lists ("features.2.conv.0.weight").
Features mobilenet_v2(NetworkBuilder& builder, ValueId image);

}  // namespace lanet
