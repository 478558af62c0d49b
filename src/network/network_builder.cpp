#include "network/network_builder.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lanet {

LayerId NetworkBuilder::declare(Layer layer) {
  layer.name = before_names_ + layer.name;
  const auto known = std::find_if(list_.layers.begin(), list_.layers.end(),
                                  [&layer](const Layer& other) { return other.name == layer.name; });
  if (known == list_.layers.end()) {
    list_.layers.push_back(std::move(layer));
    return list_.layers.size() - 1;
  }
  if (*known != layer) throw std::logic_error("layer " + layer.name + " in two forms");
  return static_cast<LayerId>(known - list_.layers.begin());
}

Operation& NetworkBuilder::step(OperationKind kind, std::vector<ValueId> inputs, std::int64_t channels) {
  Operation operation;
  operation.kind = kind;
  operation.inputs = std::move(inputs);
  operation.channels = channels;
  return list_.operations.emplace_back(std::move(operation));
}

LayerId NetworkBuilder::declare_convolution(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                                            const ConvolutionForm& form) {
  Layer layer;
  layer.kind = LayerKind::kConvolution;
  layer.name = name;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.kernel = form.kernel;
  layer.stride = form.stride;
  layer.padding = form.padding;
  layer.groups = form.depthwise ? inputs : 1;
  layer.bias = form.bias;
  return declare(layer);
}

LayerId NetworkBuilder::declare_norm(const std::string& name, std::int64_t channels, const NormForm& form) {
  Layer layer;
  layer.kind = LayerKind::kNorm;
  layer.name = name;
  layer.inputs = layer.outputs = channels;
  layer.bias = true;
  layer.epsilon = form.epsilon;
  layer.momentum = momentum_ > 0 ? momentum_ : form.momentum;
  return declare(layer);
}

ValueId NetworkBuilder::input(std::int64_t channels) {
  step(OperationKind::kInput, {}, channels);
  return last();
}

ValueId NetworkBuilder::scale(ValueId x, std::vector<double> mean, std::vector<double> deviation) {
  Operation& scaling = step(OperationKind::kScale, {x}, channels(x));
  scaling.mean = std::move(mean);
  scaling.deviation = std::move(deviation);
  return last();
}

ValueId NetworkBuilder::repeat(ValueId x, std::int64_t times) {
  step(OperationKind::kRepeat, {x}, times);
  return last();
}

ValueId NetworkBuilder::convolve(ValueId x, const std::string& name, std::int64_t outputs,
                                 const ConvolutionForm& form) {
  const LayerId layer = declare_convolution(name, channels(x), outputs, form);
  step(OperationKind::kConvolution, {x}, outputs).layer = layer;
  return last();
}

ValueId NetworkBuilder::convolve_transposed(ValueId x, const std::string& name, std::int64_t outputs,
                                            std::int64_t stride) {
  Layer layer;
  layer.kind = LayerKind::kTransposedConvolution;
  layer.name = name;
  layer.inputs = channels(x);
  layer.outputs = outputs;
  layer.kernel = layer.stride = stride;
  const LayerId declared = declare(layer);
  step(OperationKind::kTransposed, {x}, outputs).layer = declared;
  return last();
}

ValueId NetworkBuilder::norm(ValueId x, const std::string& name, const NormForm& form) {
  const LayerId layer = declare_norm(name, channels(x), form);
  step(OperationKind::kNorm, {x}, channels(x)).layer = layer;
  return last();
}

ValueId NetworkBuilder::activate(ValueId x, Nonlinearity nonlinearity) {
  if (nonlinearity == Nonlinearity::kNone) return x;
  step(OperationKind::kActivation, {x}, channels(x)).activation = nonlinearity;
  return last();
}

ValueId NetworkBuilder::max_pool(ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  Operation& pool = step(OperationKind::kMaxPool, {x}, channels(x));
  pool.kernel = kernel;
  pool.stride = stride;
  pool.padding = padding;
  return last();
}

ValueId NetworkBuilder::global_average_pool(ValueId x) {
  step(OperationKind::kGlobalAveragePool, {x}, channels(x));
  return last();
}

ValueId NetworkBuilder::global_pool(ValueId x, Pooling pooling) {
  step(OperationKind::kGlobalPool, {x}, channels(x)).pooling = pooling;
  return last();
}

ValueId NetworkBuilder::channel_pool(ValueId x) {
  step(OperationKind::kChannelPool, {x}, 2);
  return last();
}

ValueId NetworkBuilder::average_pool(ValueId x, ValueId like) {
  step(OperationKind::kAverage, {x, like}, channels(x));
  return last();
}

ValueId NetworkBuilder::resize(ValueId x, ValueId like, bool align_corners) {
  step(OperationKind::kResize, {x, like}, channels(x)).align_corners = align_corners;
  return last();
}

ValueId NetworkBuilder::resize_to(ValueId x, std::int64_t side) {
  Operation& resizing = step(OperationKind::kResize, {x}, channels(x));
  resizing.side = side;
  resizing.align_corners = true;
  return last();
}

ValueId NetworkBuilder::concatenate(const std::vector<ValueId>& parts) {
  std::int64_t all = 0;
  for (const ValueId part : parts) all += channels(part);
  step(OperationKind::kConcatenate, parts, all);
  return last();
}

ValueId NetworkBuilder::add(ValueId x, ValueId y) {
  step(OperationKind::kAdd, {x, y}, channels(x));
  return last();
}

ValueId NetworkBuilder::multiply(ValueId x, ValueId factor) {
  step(OperationKind::kMultiply, {x, factor}, channels(x));
  return last();
}

ValueId NetworkBuilder::linear(ValueId x, const std::string& name, std::int64_t outputs) {
  Layer layer;
  layer.kind = LayerKind::kLinear;
  layer.name = name;
  layer.inputs = channels(x);
  layer.outputs = outputs;
  layer.bias = true;
  const LayerId declared = declare(layer);
  step(OperationKind::kLinear, {x}, outputs).layer = declared;
  return last();
}

}  // namespace lanet
