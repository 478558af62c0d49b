#include "network/cost.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace lanet {
namespace {

std::int64_t elements(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t places(const ValueShape& shape) { return std::max<std::int64_t>(shape.height * shape.width, 1); }

bool has_weights(OperationKind kind) {
  return kind == OperationKind::kConvolution || kind == OperationKind::kTransposed || kind == OperationKind::kLinear;
}

}  // namespace

NetworkCost cost_of(const NetworkList& list, std::int64_t side) {
  NetworkCost cost;
  for (const Layer& layer : list.layers) {
    const std::vector<LayerTensor> tensors = tensors_of(layer);
    const std::size_t parameters = layer.bias ? 2 : 1;  // they come first
    for (std::size_t index = 0; index < parameters; ++index) cost.parameters += elements(tensors[index].shape);
  }
  const std::vector<ValueShape> shapes = shapes_of(list, side, side);
  for (ValueId value = 0; value < list.operations.size(); ++value) {
    const Operation& operation = list.operations[value];
    if (operation.kind != OperationKind::kRepeat) cost.values += shapes[value].channels * places(shapes[value]);
    if (!has_weights(operation.kind)) continue;
    // Each weight meets each place of the result; of a transposed convolution each place of what it reads.
    const ValueId over = operation.kind == OperationKind::kTransposed ? operation.inputs[0] : value;
    cost.multiply_adds += elements(tensors_of(list.layer_of(operation)).front().shape) * places(shapes[over]);
  }
  return cost;
}

}  // namespace lanet
