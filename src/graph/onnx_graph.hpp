#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lanet {

/// A tensor inside a graph: its name and, for [N, C, H, W], what is known of its shape (N is free).
struct GraphValue {
  std::string name;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// A node's attribute.
using GraphAttribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;

/// Numbers that stand in the graph, row-major.
struct GraphConstant {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Builds an ONNX model (https://onnx.ai, IR version 8, operator set 13) node by node, in the order of computation.
class OnnxGraph {
 public:
  /// The one input: [N, channels, height, width], float32.
  GraphValue input(const std::string& name, std::int64_t channels, std::int64_t height, std::int64_t width);
  std::string constant(const GraphConstant& numbers);
  std::string constant(const std::vector<std::int64_t>& integers);
  /// 8-bit integers, for quantized weights and zero points.
  std::string constant(const std::vector<std::int64_t>& shape, const std::vector<std::int8_t>& integers);
  std::string constant(const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& integers);
  /// Returns the output's name. An empty input name leaves out an optional input.
  std::string node(const std::string& operation, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string, GraphAttribute>>& attributes = {});
  /// Names a value as an output of the model; shape without N.
  void output(const std::string& value, const std::string& name, const std::vector<std::int64_t>& shape);
  /// metadata: shown by ONNX tools as the model's properties.
  std::string serialize(const std::string& producer_version, const std::map<std::string, std::string>& metadata) const;

 private:
  std::string fresh_name() { return "v" + std::to_string(next_++); }

  std::string nodes_;         // GraphProto.node, encoded
  std::string initializers_;  // GraphProto.initializer
  std::string inputs_;
  std::string outputs_;
  int next_ = 0;
};

}  // namespace lanet
