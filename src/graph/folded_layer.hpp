#pragma once

#include <utility>
#include <vector>

#include "graph/onnx_graph.hpp"
#include "modelfile/safetensors.hpp"
#include "network/network_list.hpp"

namespace lanet {

/// Weights and bias of a layer as a graph holds them.
struct FoldedLayer {
  GraphConstant weight;  // as tensors_of(Layer) shapes it
  GraphConstant bias;    // [outputs]
};

/// Reads the weights of a layer; a normalization after it is folded in. norm: null for none. Throws DataError where the
/// file lacks a tensor or has it in another shape.
FoldedLayer folded_layer(const SafetensorsFile& file, const Layer& layer, const Layer* norm = nullptr);

/// Scale and shift of a batch normalization with its running statistics: y = scale x + shift.
struct ChannelScale {
  std::vector<double> scale, shift;
};
ChannelScale channel_scale(const SafetensorsFile& file, const Layer& norm);

/// Of a convolution over equal channels, the one over their sum: [outputs, inputs, k, k] -> [outputs, 1, k, k].
GraphConstant summed_inputs(const GraphConstant& weight);

}  // namespace lanet
