#pragma once

#include <string>

#include "graph/onnx_graph.hpp"
#include "modelfile/quantization.hpp"

namespace lanet {

/// A value through 8 bits and back: from 0 where none is negative, else symmetric. Returns the name of the result.
std::string eight_bit_value(OnnxGraph& graph, const std::string& value, const ValueRange& range);

/// Weights [outputs, ...] as 8-bit integers with a scale for each output, and back. Returns the name of the result.
std::string eight_bit_weight(OnnxGraph& graph, const GraphConstant& weight);

}  // namespace lanet
