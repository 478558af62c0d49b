#pragma once

#include "model/backbone.hpp"

namespace lanet {

/// EfficientNet-Lite (Tan and Le 2019; the Lite variants have no squeeze-and-excitation and use ReLU6), without the
/// ImageNet head. Blocks and levels as in lite_blocks(). TensorFlow's "SAME" padding. Parameter names as in the bundled
/// weights.
std::shared_ptr<Backbone> make_efficientnet_lite0(std::int64_t stem_channels);
std::shared_ptr<Backbone> make_efficientnet_lite1(std::int64_t stem_channels);
std::shared_ptr<Backbone> make_efficientnet_lite2(std::int64_t stem_channels);

}  // namespace lanet
