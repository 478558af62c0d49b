#pragma once

#include "model/backbone.hpp"

namespace lanet {

/// ResNet (He et al. 2016) in torchvision's v1.5 layout and with its parameter names, without the ImageNet head.
std::shared_ptr<Backbone> make_resnet18(std::int64_t stem_channels);
std::shared_ptr<Backbone> make_resnet50(std::int64_t stem_channels);

}  // namespace lanet
