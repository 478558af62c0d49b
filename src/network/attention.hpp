#pragma once

#include <string>

#include "network/network_builder.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// Channel attention module (CAM): f * sigmoid(MLP(mean of f) + MLP(maximum of f)), MLP C -> max(1, C / 16) -> C with
/// ReLU. f and the result: [C, H, W].
ValueId channel_attention(NetworkBuilder& builder, ValueId f, const std::string& name);

/// Spatial attention module (SAM): f * sigmoid(g([channel maximum, channel mean])). g is a 7 x 7 convolution and a norm
/// ("conv7", paper) or three 3 x 3 convolutions 2 -> 8 -> 8 -> 1, each with a norm, ReLU between ("conv3x3x3", the
/// authors' code).
ValueId spatial_attention(NetworkBuilder& builder, ValueId f, const std::string& name, const std::string& form);

/// Mask attention module (MAM, Eq. 3): f + f * P, P averaged to f's grid where it is finer.
ValueId mask_attention(NetworkBuilder& builder, ValueId f, ValueId mask_probability);

/// CBAM of level `level` (0 is f_1), as far as the options have it; `lowest`: the first level that the head looks at.
/// Layers are named "channel_attention.N" and "spatial_attention.N", N from the lowest.
ValueId attended(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, std::size_t level,
                 std::size_t lowest);

}  // namespace lanet
