#pragma once

#include <array>
#include <cstdint>

#include "network/network_builder.hpp"

namespace lanet {

/// Blocks of each level, and whether a block is 1 x 1, 3 x 3 (with the stride: v1.5), 1 x 1 with four times the width,
/// or two 3 x 3.
struct ResnetForm {
  std::array<std::int64_t, 4> blocks;
  bool bottleneck;
};
inline constexpr ResnetForm kResnet18{{2, 2, 2, 2}, false};
inline constexpr ResnetForm kResnet50{{3, 4, 6, 3}, true};

/// ResNet (He et al. 2016) in torchvision's v1.5 layout and with its names, without the ImageNet head.
Features resnet(NetworkBuilder& builder, ValueId image, const ResnetForm& form);

}  // namespace lanet
