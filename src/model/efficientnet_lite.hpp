#pragma once

#include "model/backbone.hpp"

namespace lanet {

/// EfficientNet-Lite0 (Tan and Le 2019; the Lite variant has no squeeze-and-excitation and uses ReLU6), without the
/// ImageNet head. f_1 .. f_4 come after blocks 2, 4, 10, 15. TensorFlow's "SAME" padding. Parameter names as in the
/// bundled weights.
std::shared_ptr<Backbone> make_efficientnet_lite0(std::int64_t stem_channels);

}  // namespace lanet
