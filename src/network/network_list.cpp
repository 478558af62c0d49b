#include "network/network_list.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/text.hpp"

namespace lanet {
namespace {

const char* word_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::kInput:
      return "input";
    case OperationKind::kScale:
      return "scale";
    case OperationKind::kRepeat:
      return "repeat";
    case OperationKind::kConvolution:
      return "convolution";
    case OperationKind::kTransposed:
      return "transposed convolution";
    case OperationKind::kNorm:
      return "norm";
    case OperationKind::kNormActivation:
      return "norm and activation";
    case OperationKind::kActivation:
      return "activation";
    case OperationKind::kMaxPool:
      return "max pool";
    case OperationKind::kGlobalAveragePool:
      return "global average pool";
    case OperationKind::kGlobalPool:
      return "global pool";
    case OperationKind::kChannelPool:
      return "channel pool";
    case OperationKind::kAverage:
      return "average pool";
    case OperationKind::kResize:
      return "resize";
    case OperationKind::kConcatenate:
      return "concatenate";
    case OperationKind::kAdd:
      return "add";
    case OperationKind::kMultiply:
      return "multiply";
    case OperationKind::kLinear:
      return "linear";
  }
  throw std::logic_error("unreachable");
}

ValueShape shape_of(const NetworkList& list, const Operation& operation, const std::vector<ValueShape>& known) {
  const auto input = [&](std::size_t index) { return known.at(operation.inputs.at(index)); };
  const std::int64_t channels = operation.channels;
  switch (operation.kind) {
    case OperationKind::kInput:
      throw std::logic_error("an input's shape is given");
    case OperationKind::kConvolution: {
      const Layer& layer = list.layer_of(operation);
      return {channels, padding_of(layer, input(0).height).outputs, padding_of(layer, input(0).width).outputs};
    }
    case OperationKind::kTransposed: {
      const std::int64_t stride = list.layer_of(operation).stride;
      return {channels, input(0).height * stride, input(0).width * stride};
    }
    case OperationKind::kMaxPool: {
      const auto side = [&](std::int64_t size) {
        return (size + 2 * operation.padding - operation.kernel) / operation.stride + 1;
      };
      return {channels, side(input(0).height), side(input(0).width)};
    }
    case OperationKind::kGlobalAveragePool:
    case OperationKind::kGlobalPool:
    case OperationKind::kLinear:
      return {channels, 0, 0};
    case OperationKind::kAverage:
      return {channels, input(1).height, input(1).width};
    case OperationKind::kResize:
      if (operation.inputs.size() == 1) return {channels, operation.side, operation.side};
      return {channels, input(1).height, input(1).width};
    case OperationKind::kScale:
    case OperationKind::kRepeat:
    case OperationKind::kNorm:
    case OperationKind::kNormActivation:
    case OperationKind::kActivation:
    case OperationKind::kChannelPool:
    case OperationKind::kConcatenate:
    case OperationKind::kAdd:
    case OperationKind::kMultiply:
      return {channels, input(0).height, input(0).width};
  }
  throw std::logic_error("unreachable");
}

std::string activation_word(Nonlinearity nonlinearity) {
  switch (nonlinearity) {
    case Nonlinearity::kNone:
      return "";
    case Nonlinearity::kRelu:
      return "ReLU";
    case Nonlinearity::kRelu6:
      return "ReLU6";
    case Nonlinearity::kSigmoid:
      return "sigmoid";
  }
  throw std::logic_error("unreachable");
}

}  // namespace

std::vector<LayerTensor> tensors_of(const Layer& layer) {
  std::vector<std::int64_t> weight;
  switch (layer.kind) {
    case LayerKind::kConvolution:
      weight = {layer.outputs, layer.inputs / layer.groups, layer.kernel, layer.kernel};
      break;
    case LayerKind::kTransposedConvolution:
      weight = {layer.inputs, layer.outputs, layer.kernel, layer.kernel};
      break;
    case LayerKind::kLinear:
      weight = {layer.outputs, layer.inputs};
      break;
    case LayerKind::kNorm:
      weight = {layer.outputs};
      break;
  }
  std::vector<LayerTensor> tensors{{layer.name + ".weight", weight}};
  if (layer.bias) tensors.push_back({layer.name + ".bias", {layer.outputs}});
  if (layer.kind == LayerKind::kNorm) {
    tensors.push_back({layer.name + ".running_mean", {layer.outputs}});
    tensors.push_back({layer.name + ".running_var", {layer.outputs}});
    tensors.push_back({layer.name + ".num_batches_tracked", {}});
  }
  return tensors;
}

SidePadding padding_of(const Layer& layer, std::int64_t size) {
  if (layer.padding != kSamePadding)
    return {layer.padding, layer.padding, (size + 2 * layer.padding - layer.kernel) / layer.stride + 1};
  const std::int64_t outputs = (size + layer.stride - 1) / layer.stride;
  const std::int64_t all = std::max<std::int64_t>((outputs - 1) * layer.stride + layer.kernel - size, 0);
  return {all / 2, all - all / 2, outputs};
}

std::vector<ValueShape> shapes_of(const NetworkList& list, std::int64_t height, std::int64_t width) {
  std::vector<ValueShape> shapes;
  for (const Operation& operation : list.operations)
    shapes.push_back(operation.kind == OperationKind::kInput ? ValueShape{operation.channels, height, width}
                                                             : shape_of(list, operation, shapes));
  return shapes;
}

std::string operation_text(const NetworkList& list, const Operation& operation) {
  std::vector<std::string> words{word_of(operation.kind)};
  if (operation.kind == OperationKind::kConvolution || operation.kind == OperationKind::kTransposed) {
    const Layer& layer = list.layer_of(operation);
    const std::string kernel = std::to_string(layer.kernel);
    words.push_back(kernel + " x " + kernel + (layer.stride > 1 ? " / " + std::to_string(layer.stride) : ""));
    if (layer.groups > 1) words.emplace_back("depthwise");
  }
  for (const LayerId layer : {operation.layer, operation.norm})
    if (layer != kNoLayer) words.push_back(list.layers[layer].name);
  if (operation.activation != Nonlinearity::kNone) words.push_back(activation_word(operation.activation));
  if (operation.kind == OperationKind::kGlobalPool)
    words.emplace_back(operation.pooling == Pooling::kAverage ? "average" : "maximum");
  return join_text(words, " ");
}

std::string shape_text(const ValueShape& shape) {
  const std::string channels = std::to_string(shape.channels);
  if (shape.height == 0) return channels;
  return channels + " x " + std::to_string(shape.height) + " x " + std::to_string(shape.width);
}

std::string list_text(const NetworkList& list, std::int64_t side) {
  const std::vector<ValueShape> shapes = shapes_of(list, side, side);
  std::string text;
  for (ValueId value = 0; value < list.operations.size(); ++value) {
    const Operation& operation = list.operations[value];
    std::vector<std::string> inputs;
    for (const ValueId input : operation.inputs) inputs.push_back(std::to_string(input));
    text += std::to_string(value) + " " + operation_text(list, operation) +
            (inputs.empty() ? "" : " of " + join_text(inputs, ", ")) + " -> " + shape_text(shapes[value]) + "\n";
  }
  return text;
}

}  // namespace lanet
