#include "graph/eight_bit.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lanet {

std::string eight_bit_value(OnnxGraph& graph, const std::string& value, const ValueRange& range) {
  const bool positive = range.low >= 0;
  const double scale = positive ? range.high / 255 : std::max(-range.low, range.high) / 127;
  const std::string step = graph.constant(GraphConstant{{}, {static_cast<float>(scale)}});
  const std::string zero =
      positive ? graph.constant({}, std::vector<std::uint8_t>{0}) : graph.constant({}, std::vector<std::int8_t>{0});
  return graph.node("DequantizeLinear", {graph.node("QuantizeLinear", {value, step, zero}), step, zero});
}

std::string eight_bit_weight(OnnxGraph& graph, const GraphConstant& weight) {
  const auto outputs = static_cast<std::size_t>(weight.shape[0]);
  const std::size_t inner = weight.values.size() / outputs;
  GraphConstant scales{{weight.shape[0]}, {}};
  std::vector<std::int8_t> integers;
  integers.reserve(weight.values.size());
  for (std::size_t output = 0; output < outputs; ++output) {
    float largest = 0;
    for (std::size_t index = 0; index < inner; ++index)
      largest = std::max(largest, std::abs(weight.values[output * inner + index]));
    const float scale = largest > 0 ? largest / 127 : 1;
    scales.values.push_back(scale);
    for (std::size_t index = 0; index < inner; ++index)
      integers.push_back(static_cast<std::int8_t>(
          std::clamp(std::nearbyint(weight.values[output * inner + index] / scale), -127.0F, 127.0F)));
  }
  const std::string zeros = graph.constant(scales.shape, std::vector<std::int8_t>(outputs, 0));
  return graph.node("DequantizeLinear", {graph.constant(weight.shape, integers), graph.constant(scales), zeros},
                    {{"axis", std::int64_t{0}}});
}

}  // namespace lanet
