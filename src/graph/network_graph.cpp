#include "graph/network_graph.hpp"

#include <map>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "core/version.hpp"
#include "graph/eight_bit.hpp"
#include "graph/folded_layer.hpp"
#include "graph/onnx_graph.hpp"
#include "modelfile/quantization.hpp"
#include "network/card_options.hpp"
#include "network/network.hpp"
#include "network/passes.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kFewest = 8;  // channels of a quantized convolution

using Ints = std::vector<std::int64_t>;

/// Writes a network's list into a graph, operation by operation.
class Translator {
 public:
  Translator(const SafetensorsFile& file, const ModelCard& card, GraphForm form)
      : file_(file),
        card_(card),
        form_(form),
        list_(fold_norms(network_list(options_of(card, file.place()), static_cast<std::int64_t>(card.classes.size())))),
        shapes_(shapes_of(list_, card.input_size, card.input_size)) {
    if (form != GraphForm::kQuantized) return;
    if (card.quantization.empty())
      throw DataError({file.place(), "a model that was not quantized", "one with 8-bit ranges",
                       "run `lanet quantize` on it, or take --precision fp32"});
    quantization_ = quantization_from_json(card.quantization, file.place());
  }

  std::string run() {
    for (ValueId value = 0; value < list_.operations.size(); ++value) {
      names_.push_back(translated(value, list_.operations[value]));
      if (list_.mask_probability == value)
        graph_.output(names_[value], kGraphMask, {1, shapes_[value].height, shapes_[value].width});
    }
    graph_.output(names_[list_.class_logits], kGraphClassLogits, {shapes_[list_.class_logits].channels});
    write_activation();
    if (form_ == GraphForm::kQuantized && eight_bit_.size() != quantization_.ranges.size()) refuse_ranges();
    return graph_.serialize(kVersion, to_metadata(card_));
  }

 private:
  /// Writes an operation's nodes. Returns the name of its value.
  std::string translated(ValueId value, const Operation& operation) {
    const auto input = [&](std::size_t index = 0) -> const std::string& { return names_[operation.inputs[index]]; };
    switch (operation.kind) {
      case OperationKind::kInput:
        return graph_.input(kGraphInput, operation.channels, card_.input_size, card_.input_size).name;
      case OperationKind::kScale:
        return scaled(operation);
      case OperationKind::kRepeat:  // what reads it takes one channel for all
        return input();
      case OperationKind::kConvolution:
        return convolution(operation);
      case OperationKind::kTransposed:
        return transposed(operation);
      case OperationKind::kNorm:
        return norm(operation);
      case OperationKind::kActivation:
        return activation(operation);
      case OperationKind::kMaxPool:
        return graph_.node("MaxPool", {input()},
                           {{"kernel_shape", Ints{operation.kernel, operation.kernel}},
                            {"strides", Ints{operation.stride, operation.stride}},
                            {"pads", Ints(4, operation.padding)}});
      case OperationKind::kGlobalAveragePool:
        return graph_.node("ReduceMean", {input()}, {{"axes", Ints{2, 3}}, {"keepdims", std::int64_t{0}}});
      case OperationKind::kGlobalPool:
        return graph_.node(operation.pooling == Pooling::kAverage ? "GlobalAveragePool" : "GlobalMaxPool", {input()});
      case OperationKind::kChannelPool:
        return channel_pool(input());
      case OperationKind::kAverage:
        return average(value, operation);
      case OperationKind::kResize:
        return resize(value, operation);
      case OperationKind::kConcatenate: {
        std::vector<std::string> parts;
        for (const ValueId part : operation.inputs) parts.push_back(names_[part]);
        return graph_.node("Concat", parts, {{"axis", std::int64_t{1}}});
      }
      case OperationKind::kAdd:
        return graph_.node("Add", {input(), input(1)});
      case OperationKind::kMultiply:
        return graph_.node("Mul", {input(), input(1)});
      case OperationKind::kLinear:
        return linear(operation);
      case OperationKind::kNormActivation:
        break;  // made by a pass that this list did not go through
    }
    throw std::logic_error("an operation that has no form in ONNX");
  }

  const ValueShape& shape_of(ValueId value) const { return shapes_[value]; }
  bool is_repeated(ValueId value) const { return list_.operations[value].kind == OperationKind::kRepeat; }
  const Layer* norm_of(const Operation& operation) const {
    return operation.norm == kNoLayer ? nullptr : &list_.layers[operation.norm];
  }

  /// A convolution node; weight and bias are names.
  std::string convolution_node(const std::string& x, const std::string& weight, const std::string& bias,
                               const Layer& layer, const ValueShape& input) {
    const SidePadding rows = padding_of(layer, input.height), columns = padding_of(layer, input.width);
    return graph_.node("Conv", {x, weight, bias},
                       {{"strides", Ints{layer.stride, layer.stride}},
                        {"pads", Ints{rows.before, columns.before, rows.behind, columns.behind}},
                        {"kernel_shape", Ints{layer.kernel, layer.kernel}},
                        {"group", layer.groups}});
  }

  /// 1 x 1, from one channel or channel by channel.
  std::string point_node(const std::string& x, const FoldedLayer& weights) {
    Layer layer;
    return convolution_node(x, graph_.constant(weights.weight), graph_.constant(weights.bias), layer, {1, 1, 1});
  }

  std::string scaled(const Operation& operation) {
    const auto channels = static_cast<std::int64_t>(operation.mean.size());
    FoldedLayer spread{{{channels, 1, 1, 1}, {}}, {{channels}, {}}};
    for (std::size_t channel = 0; channel < operation.mean.size(); ++channel) {
      spread.weight.values.push_back(static_cast<float>(1 / operation.deviation[channel]));
      spread.bias.values.push_back(static_cast<float>(-operation.mean[channel] / operation.deviation[channel]));
    }
    return point_node(names_[operation.inputs[0]], spread);
  }

  std::string convolution(const Operation& operation) {
    const Layer& layer = list_.layer_of(operation);
    const ValueId of = operation.inputs[0];
    FoldedLayer weights = folded_layer(file_, layer, norm_of(operation));
    if (is_repeated(of)) weights.weight = summed_inputs(weights.weight);
    const bool quantizable = layer.outputs >= kFewest && layer.inputs >= kFewest && shape_of(of).height > 1;
    const auto [x, weight] =
        quantizable ? eight_bit(of, weights.weight) : std::pair{names_[of], graph_.constant(weights.weight)};
    return convolution_node(x, weight, graph_.constant(weights.bias), layer, shape_of(of));
  }

  std::string transposed(const Operation& operation) {
    const Layer& layer = list_.layer_of(operation);
    const FoldedLayer weights = folded_layer(file_, layer, norm_of(operation));
    return graph_.node(
        "ConvTranspose", {names_[operation.inputs[0]], graph_.constant(weights.weight), graph_.constant(weights.bias)},
        {{"strides", Ints{layer.stride, layer.stride}}, {"kernel_shape", Ints{layer.kernel, layer.kernel}}});
  }

  /// A normalization that no convolution took in.
  std::string norm(const Operation& operation) {
    const auto [scale, shift] = channel_scale(file_, list_.layer_of(operation));
    GraphConstant factor{{1, operation.channels, 1, 1}, {}}, offset = factor;
    factor.values.assign(scale.begin(), scale.end());
    offset.values.assign(shift.begin(), shift.end());
    const std::string product = graph_.node("Mul", {names_[operation.inputs[0]], graph_.constant(factor)});
    return graph_.node("Add", {product, graph_.constant(offset)});
  }

  std::string activation(const Operation& operation) {
    const std::string& x = names_[operation.inputs[0]];
    switch (operation.activation) {
      case Nonlinearity::kRelu:
        return graph_.node("Relu", {x});
      case Nonlinearity::kRelu6:
        return graph_.node("Clip",
                           {x, graph_.constant(GraphConstant{{}, {0.0F}}), graph_.constant(GraphConstant{{}, {6.0F}})});
      case Nonlinearity::kSigmoid:
        return graph_.node("Sigmoid", {x});
      case Nonlinearity::kNone:
        break;
    }
    return x;
  }

  std::string channel_pool(const std::string& x) {
    const auto over_channels = [&](const char* operation) {
      return graph_.node(operation, {x}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{1}}});
    };
    const std::string largest = over_channels("ReduceMax");
    return graph_.node("Concat", {largest, over_channels("ReduceMean")}, {{"axis", std::int64_t{1}}});
  }

  std::string average(ValueId value, const Operation& operation) {
    const ValueShape &from = shape_of(operation.inputs[0]), &to = shape_of(value);
    const std::string& x = names_[operation.inputs[0]];
    if (from.height == to.height && from.width == to.width) return x;
    if (from.height % to.height != 0 || from.width % to.width != 0)
      throw DataError({file_.place(),
                       "a grid of " + std::to_string(from.height) + " to be averaged to " + std::to_string(to.height),
                       "a multiple", ""});
    const Ints cell{from.height / to.height, from.width / to.width};
    return graph_.node("AveragePool", {x}, {{"kernel_shape", cell}, {"strides", cell}});
  }

  std::string resize(ValueId value, const Operation& operation) {
    const ValueShape &from = shape_of(operation.inputs[0]), &to = shape_of(value);
    const std::string& x = names_[operation.inputs[0]];
    if (from.height == to.height && from.width == to.width) return x;
    const double rows = static_cast<double>(to.height) / static_cast<double>(from.height),
                 columns = static_cast<double>(to.width) / static_cast<double>(from.width);
    const GraphConstant factors{{4}, {1.0F, 1.0F, static_cast<float>(rows), static_cast<float>(columns)}};
    const std::string corners = operation.align_corners ? "align_corners" : "pytorch_half_pixel";
    return graph_.node("Resize", {x, "", graph_.constant(factors)},
                       {{"mode", std::string("linear")}, {"coordinate_transformation_mode", corners}});
  }

  /// Over a mean of pixels a matrix product; in the channels' attention, whose values keep their two sides of 1, a 1 x
  /// 1 convolution.
  std::string linear(const Operation& operation) {
    FoldedLayer weights = folded_layer(file_, list_.layer_of(operation));
    const ValueId of = operation.inputs[0];
    if (list_.operations[of].kind == OperationKind::kGlobalAveragePool)
      return graph_.node("Gemm", {names_[of], graph_.constant(weights.weight), graph_.constant(weights.bias)},
                         {{"transB", std::int64_t{1}}});
    weights.weight.shape.insert(weights.weight.shape.end(), {1, 1});
    return point_node(names_[of], weights);
  }

  /// Each class' weights over the features that the classifier reads.
  void write_activation() {
    FoldedLayer weights = folded_layer(file_, list_.layer_of(list_.operations[list_.class_logits]));
    weights.weight.shape.insert(weights.weight.shape.end(), {1, 1});
    weights.bias.values.assign(weights.bias.values.size(), 0.0F);
    const ValueShape& shape = shape_of(list_.top);
    const auto classes = static_cast<std::int64_t>(weights.bias.values.size());
    const bool quantizable = classes >= kFewest && shape.height > 1;
    const auto [x, weight] = quantizable ? eight_bit(list_.top, weights.weight)
                                         : std::pair{names_[list_.top], graph_.constant(weights.weight)};
    const std::string name = convolution_node(x, weight, graph_.constant(weights.bias), Layer{}, shape);
    graph_.output(name, kGraphActivation, {classes, shape.height, shape.width});
  }

  // ---- 8 bits ----------------------------------------------------------------------------------------------------

  [[noreturn]] void refuse_ranges() const {
    throw DataError({file_.place(), "8-bit ranges of " + std::to_string(quantization_.ranges.size()) + " values",
                     "as many as the network has", "run `lanet quantize` anew"});
  }

  /// Names of a convolution's input and weights, through 8 bits where the graph is to be quantized.
  std::pair<std::string, std::string> eight_bit(ValueId value, const GraphConstant& weight) {
    const std::string& x = names_[value];
    if (form_ == GraphForm::kFloat) return {x, graph_.constant(weight)};
    auto known = eight_bit_.find(x);
    if (known == eight_bit_.end()) {
      const std::size_t number = eight_bit_.size();
      const ValueShape& shape = shape_of(value);
      std::string name = x;
      if (form_ == GraphForm::kObserved)
        graph_.output(x, kGraphObserved + std::to_string(number), {shape.channels, shape.height, shape.width});
      else if (number < quantization_.ranges.size())
        name = eight_bit_value(graph_, x, quantization_.ranges[number]);
      else
        refuse_ranges();
      known = eight_bit_.emplace(x, name).first;
    }
    return {known->second, form_ == GraphForm::kQuantized ? eight_bit_weight(graph_, weight) : graph_.constant(weight)};
  }

  const SafetensorsFile& file_;
  const ModelCard& card_;
  GraphForm form_;
  NetworkList list_;
  std::vector<ValueShape> shapes_;
  Quantization quantization_;
  std::vector<std::string> names_;                // of the values so far
  std::map<std::string, std::string> eight_bit_;  // value -> itself through 8 bits
  OnnxGraph graph_;
};

}  // namespace

std::string onnx_of_model(const SafetensorsFile& file, GraphForm form) {
  const ModelCard card = card_from_metadata(file.metadata(), file.place());
  return Translator(file, card, form).run();
}

}  // namespace lanet
