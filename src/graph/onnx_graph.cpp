#include "graph/onnx_graph.hpp"

#include "core/wire_format.hpp"

namespace lanet {
namespace {

// Field numbers of onnx.proto.
namespace field {
constexpr std::uint32_t kModelIrVersion = 1, kModelProducer = 2, kModelProducerVersion = 3, kModelGraph = 7,
                        kModelOpset = 8, kModelMetadata = 14;
constexpr std::uint32_t kOpsetVersion = 2;
constexpr std::uint32_t kGraphNode = 1, kGraphName = 2, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12;
constexpr std::uint32_t kNodeInput = 1, kNodeOutput = 2, kNodeName = 3, kNodeOperation = 4, kNodeAttribute = 5;
constexpr std::uint32_t kAttributeName = 1, kAttributeFloat = 2, kAttributeInt = 3, kAttributeString = 4,
                        kAttributeInts = 8, kAttributeType = 20;
constexpr std::uint32_t kTensorDims = 1, kTensorType = 2, kTensorName = 8, kTensorRaw = 9;
constexpr std::uint32_t kValueName = 1, kValueType = 2, kTypeTensor = 1, kTensorTypeElement = 1, kTensorTypeShape = 2,
                        kShapeDimension = 1, kDimensionValue = 1, kDimensionName = 2;
constexpr std::uint32_t kEntryKey = 1, kEntryValue = 2;
}  // namespace field

constexpr std::int64_t kIrVersion = 8, kOpset = 13;
constexpr std::int64_t kFloat = 1, kUint8 = 2, kInt8 = 3, kInt64 = 7;                 // TensorProto.DataType
constexpr std::int64_t kTypeFloat = 1, kTypeInt = 2, kTypeString = 3, kTypeInts = 7;  // AttributeProto.AttributeType

template <class Number>
std::string tensor(const std::string& name, std::int64_t type, const std::vector<std::int64_t>& shape,
                   const std::vector<Number>& values) {
  std::string raw, message;
  raw.reserve(values.size() * sizeof(Number));
  for (const Number value : values) put_raw(raw, value);
  for (const std::int64_t size : shape) put_integer(message, field::kTensorDims, size);
  put_integer(message, field::kTensorType, type);
  put_bytes(message, field::kTensorName, name);
  put_bytes(message, field::kTensorRaw, raw);
  return message;
}

std::string attribute(const std::string& name, const GraphAttribute& value) {
  std::string message;
  put_bytes(message, field::kAttributeName, name);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    put_integer(message, field::kAttributeInt, *integer);
    put_integer(message, field::kAttributeType, kTypeInt);
  } else if (const auto* number = std::get_if<double>(&value)) {
    put_number(message, field::kAttributeFloat, static_cast<float>(*number));
    put_integer(message, field::kAttributeType, kTypeFloat);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put_bytes(message, field::kAttributeString, *text);
    put_integer(message, field::kAttributeType, kTypeString);
  } else {
    for (const std::int64_t item : std::get<std::vector<std::int64_t>>(value))
      put_integer(message, field::kAttributeInts, item);
    put_integer(message, field::kAttributeType, kTypeInts);
  }
  return message;
}

/// ValueInfoProto of a float tensor [N, shape...].
std::string value_info(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string dimensions, batch;
  put_bytes(batch, field::kDimensionName, "N");
  put_bytes(dimensions, field::kShapeDimension, batch);
  for (const std::int64_t size : shape) {
    std::string dimension;
    put_integer(dimension, field::kDimensionValue, size);
    put_bytes(dimensions, field::kShapeDimension, dimension);
  }
  std::string tensor_type, type, message;
  put_integer(tensor_type, field::kTensorTypeElement, kFloat);
  put_bytes(tensor_type, field::kTensorTypeShape, dimensions);
  put_bytes(type, field::kTypeTensor, tensor_type);
  put_bytes(message, field::kValueName, name);
  put_bytes(message, field::kValueType, type);
  return message;
}

}  // namespace

GraphValue OnnxGraph::input(const std::string& name, std::int64_t channels, std::int64_t height, std::int64_t width) {
  put_bytes(inputs_, field::kGraphInput, value_info(name, {channels, height, width}));
  return {name, channels, height, width};
}

std::string OnnxGraph::constant(const GraphConstant& numbers) {
  const std::string name = fresh_name();
  put_bytes(initializers_, field::kGraphInitializer, tensor(name, kFloat, numbers.shape, numbers.values));
  return name;
}

std::string OnnxGraph::constant(const std::vector<std::int64_t>& integers) {
  const std::string name = fresh_name();
  put_bytes(initializers_, field::kGraphInitializer,
            tensor(name, kInt64, {static_cast<std::int64_t>(integers.size())}, integers));
  return name;
}

std::string OnnxGraph::constant(const std::vector<std::int64_t>& shape, const std::vector<std::int8_t>& integers) {
  const std::string name = fresh_name();
  put_bytes(initializers_, field::kGraphInitializer, tensor(name, kInt8, shape, integers));
  return name;
}

std::string OnnxGraph::constant(const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& integers) {
  const std::string name = fresh_name();
  put_bytes(initializers_, field::kGraphInitializer, tensor(name, kUint8, shape, integers));
  return name;
}

std::string OnnxGraph::node(const std::string& operation, const std::vector<std::string>& inputs,
                            const std::vector<std::pair<std::string, GraphAttribute>>& attributes) {
  const std::string output = fresh_name();
  std::string message;
  for (const std::string& input : inputs) put_bytes(message, field::kNodeInput, input);
  put_bytes(message, field::kNodeOutput, output);
  put_bytes(message, field::kNodeName, operation + "_" + output);
  put_bytes(message, field::kNodeOperation, operation);
  for (const auto& [name, value] : attributes) put_bytes(message, field::kNodeAttribute, attribute(name, value));
  put_bytes(nodes_, field::kGraphNode, message);
  return output;
}

void OnnxGraph::output(const std::string& value, const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string message;
  put_bytes(message, field::kNodeInput, value);
  put_bytes(message, field::kNodeOutput, name);
  put_bytes(message, field::kNodeName, "Identity_" + name);
  put_bytes(message, field::kNodeOperation, "Identity");
  put_bytes(nodes_, field::kGraphNode, message);
  put_bytes(outputs_, field::kGraphOutput, value_info(name, shape));
}

std::string OnnxGraph::serialize(const std::string& producer_version,
                                 const std::map<std::string, std::string>& metadata) const {
  std::string graph = nodes_;
  put_bytes(graph, field::kGraphName, "lanet");
  graph += initializers_ + inputs_ + outputs_;
  std::string opset, model;
  put_integer(opset, field::kOpsetVersion, kOpset);
  put_integer(model, field::kModelIrVersion, kIrVersion);
  put_bytes(model, field::kModelProducer, "lanet");
  put_bytes(model, field::kModelProducerVersion, producer_version);
  put_bytes(model, field::kModelGraph, graph);
  put_bytes(model, field::kModelOpset, opset);
  for (const auto& [key, value] : metadata) {
    std::string entry;
    put_bytes(entry, field::kEntryKey, key);
    put_bytes(entry, field::kEntryValue, value);
    put_bytes(model, field::kModelMetadata, entry);
  }
  return model;
}

}  // namespace lanet
