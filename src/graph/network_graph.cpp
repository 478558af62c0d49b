#include "graph/network_graph.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "core/version.hpp"
#include "graph/onnx_graph.hpp"
#include "modelfile/half.hpp"
#include "modelfile/network_options.hpp"
#include "modelfile/quantization.hpp"

namespace lanet {
namespace {

constexpr double kEpsilon = 1e-5;      // of PyTorch's batch normalization
constexpr std::int64_t kFewest = 8;    // channels of a quantized convolution
constexpr double kLiteEpsilon = 1e-3;  // of EfficientNet-Lite

using Ints = std::vector<std::int64_t>;
enum class Nonlinearity { kNone, kRelu, kRelu6 };

/// Weights of a convolution with what follows it folded in.
struct Folded {
  GraphConstant weight;
  GraphConstant bias;
};

/// How a convolution lies over its input.
struct Frame {
  std::int64_t stride = 1;
  bool same = false;  // TensorFlow's padding; else `padding` on every side
  std::int64_t padding = 0;
  std::int64_t groups = 1;
};

/// Walks through a network as its forward functions do, and writes each step into the graph.
class Translator {
 public:
  Translator(const SafetensorsFile& file, const ModelCard& card, GraphForm form)
      : file_(file), card_(card), form_(form) {
    try {
      read_toml(card.architecture, file.place(), fields_of(options_));
      options_.validate();
    } catch (const ConfigError& error) {
      throw DataError({file.place(), "an architecture that this version does not know", "", error.what()});
    }
    if (form != GraphForm::kQuantized) return;
    if (card.quantization.empty())
      throw DataError({file.place(), "a model that was not quantized", "one with 8-bit ranges",
                       "run `lanet quantize` on it, or take --precision fp32"});
    quantization_ = quantization_from_json(card.quantization, file.place());
  }

  std::string run() {
    const std::int64_t side = card_.input_size;
    const GraphValue image = scaled(graph_.input(kGraphInput, 1, side, side));
    const std::vector<GraphValue> features = backbone(image);
    GraphValue top = features.back();
    if (options_.head != "vanilla") {
      const GraphValue logits = mask_logits(features);
      GraphValue mask = logits;
      mask.name = graph_.node("Sigmoid", {logits.name});
      graph_.output(mask.name, kGraphMask, {1, mask.height, mask.width});
      const bool attends = options_.mask_attention && options_.head != "rmtl";
      if (attends) {
        const GraphValue pooled = average_to(mask, top.height, top.width);
        top.name = graph_.node("Add", {top.name, graph_.node("Mul", {top.name, pooled.name})});
      }
    }
    classify(top);
    if (form_ == GraphForm::kQuantized && eight_bit_.size() != quantization_.ranges.size()) refuse_ranges();
    return graph_.serialize(kVersion, to_metadata(card_));
  }

 private:
  // ---- tensors of the file ---------------------------------------------------------------------------------------

  GraphConstant tensor(const std::string& name) const {
    const TensorInfo* info = file_.find(name);
    if (!info)
      throw DataError(
          {file_.place(), "no tensor " + name, "every tensor of the network", "train or export the model anew"});
    const auto bytes = file_.bytes(*info);
    GraphConstant numbers{info->shape, {}};
    const auto read = [&]<class Number>(Number, const auto& convert) {
      numbers.values.resize(bytes.size() / sizeof(Number));
      for (std::size_t index = 0; index < numbers.values.size(); ++index) {
        Number number;
        std::memcpy(&number, bytes.data() + index * sizeof(Number), sizeof(Number));
        numbers.values[index] = convert(number);
      }
    };
    if (info->dtype == "F32")
      read(float{}, [](float value) { return value; });
    else if (info->dtype == "F16")
      read(std::uint16_t{}, half_to_float);
    else
      throw DataError({file_.place(), name + " of type " + info->dtype, "F32 or F16", ""});
    return numbers;
  }

  static std::int64_t dimension(const GraphConstant& numbers, std::size_t axis) {
    return axis < numbers.shape.size() ? numbers.shape[axis] : 0;
  }

  GraphConstant vector(const std::string& name, std::int64_t size) const {
    GraphConstant numbers = tensor(name);
    if (numbers.values.size() != static_cast<std::size_t>(size))
      throw DataError({file_.place(), name + " of " + shape_text(numbers.shape), "[" + std::to_string(size) + "]", ""});
    return numbers;
  }

  /// scale and shift of a batch normalization: y = scale x + shift.
  std::pair<std::vector<double>, std::vector<double>> norm(const std::string& name, std::int64_t channels,
                                                           double epsilon) const {
    const auto weight = vector(name + ".weight", channels), bias = vector(name + ".bias", channels),
               mean = vector(name + ".running_mean", channels), variance = vector(name + ".running_var", channels);
    std::vector<double> scale, shift;
    for (std::size_t index = 0; index < weight.values.size(); ++index) {
      scale.push_back(weight.values[index] / std::sqrt(variance.values[index] + epsilon));
      shift.push_back(bias.values[index] - mean.values[index] * scale.back());
    }
    return {scale, shift};
  }

  /// conv.weight [out, in, k, k] (transposed: [in, out, k, k]) with its bias and the normalization after it; "" none.
  Folded folded(const std::string& conv, const std::string& normalization, double epsilon,
                bool transposed = false) const {
    Folded result;
    result.weight = tensor(conv + ".weight");
    if (result.weight.shape.size() != 4)
      throw DataError({file_.place(), conv + ".weight of " + shape_text(result.weight.shape), "four dimensions", ""});
    const std::int64_t outputs = result.weight.shape[transposed ? 1 : 0];
    result.bias = {{outputs}, std::vector<float>(static_cast<std::size_t>(outputs), 0.0F)};
    if (file_.find(conv + ".bias")) result.bias = vector(conv + ".bias", outputs);
    if (normalization.empty()) return result;
    const auto [scale, shift] = norm(normalization, outputs, epsilon);
    const std::size_t inner = static_cast<std::size_t>(result.weight.shape[2] * result.weight.shape[3]);
    const std::size_t per_output = transposed ? inner : inner * static_cast<std::size_t>(result.weight.shape[1]);
    for (std::size_t index = 0; index < result.weight.values.size(); ++index)
      result.weight.values[index] =
          static_cast<float>(result.weight.values[index] * scale[index / per_output % scale.size()]);
    for (std::size_t index = 0; index < scale.size(); ++index)
      result.bias.values[index] = static_cast<float>(result.bias.values[index] * scale[index] + shift[index]);
    return result;
  }

  // ---- steps -----------------------------------------------------------------------------------------------------

  GraphValue activated(GraphValue x, Nonlinearity nonlinearity) {
    if (nonlinearity == Nonlinearity::kRelu) x.name = graph_.node("Relu", {x.name});
    if (nonlinearity == Nonlinearity::kRelu6)
      x.name = graph_.node(
          "Clip", {x.name, graph_.constant(GraphConstant{{}, {0.0F}}), graph_.constant(GraphConstant{{}, {6.0F}})});
    return x;
  }

  GraphValue convolve(const GraphValue& x, const Folded& weights, const Frame& frame,
                      Nonlinearity nonlinearity = Nonlinearity::kNone) {
    const std::int64_t kernel = weights.weight.shape[2];
    if (dimension(weights.weight, 1) * frame.groups != x.channels)
      throw DataError(
          {file_.place(),
           "a convolution of " + shape_text(weights.weight.shape) + " over " + std::to_string(x.channels) + " channels",
           "matching channels", ""});
    GraphValue y{"", weights.weight.shape[0], 0, 0};
    const auto padding = [&](std::int64_t size, std::int64_t& output) -> std::pair<std::int64_t, std::int64_t> {
      if (!frame.same) {
        output = (size + 2 * frame.padding - kernel) / frame.stride + 1;
        return {frame.padding, frame.padding};
      }
      output = (size + frame.stride - 1) / frame.stride;
      const std::int64_t all = std::max<std::int64_t>((output - 1) * frame.stride + kernel - size, 0);
      return {all / 2, all - all / 2};
    };
    const auto [top, bottom] = padding(x.height, y.height);
    const auto [left, right] = padding(x.width, y.width);
    const bool quantizable = weights.weight.shape[0] >= kFewest && x.channels >= kFewest && x.height > 1;
    const auto [input, weight] =
        quantizable ? eight_bit(x, weights.weight) : std::pair{x.name, graph_.constant(weights.weight)};
    y.name = graph_.node("Conv", {input, weight, graph_.constant(weights.bias)},
                         {{"strides", Ints{frame.stride, frame.stride}},
                          {"pads", Ints{top, left, bottom, right}},
                          {"kernel_shape", Ints{kernel, kernel}},
                          {"group", frame.groups}});
    return activated(y, nonlinearity);
  }

  GraphValue convolve(const GraphValue& x, const std::string& conv, const std::string& normalization,
                      const Frame& frame, Nonlinearity nonlinearity = Nonlinearity::kNone, double epsilon = kEpsilon) {
    return convolve(x, folded(conv, normalization, epsilon), frame, nonlinearity);
  }

  // ---- 8 bits ----------------------------------------------------------------------------------------------------

  [[noreturn]] void refuse_ranges() const {
    throw DataError({file_.place(), "8-bit ranges of " + std::to_string(quantization_.ranges.size()) + " values",
                     "as many as the network has", "run `lanet quantize` anew"});
  }

  /// Names of a convolution's input and weights, through 8 bits where the graph is to be quantized.
  std::pair<std::string, std::string> eight_bit(const GraphValue& x, const GraphConstant& weight) {
    if (form_ == GraphForm::kFloat) return {x.name, graph_.constant(weight)};
    auto known = eight_bit_.find(x.name);
    if (known == eight_bit_.end()) {
      const std::size_t number = eight_bit_.size();
      std::string name = x.name;
      if (form_ == GraphForm::kObserved)
        graph_.output(x.name, kGraphObserved + std::to_string(number), {x.channels, x.height, x.width});
      else if (number < quantization_.ranges.size())
        name = quantized_value(x.name, quantization_.ranges[number]);
      else
        refuse_ranges();
      known = eight_bit_.emplace(x.name, name).first;
    }
    return {known->second, form_ == GraphForm::kQuantized ? quantized_weight(weight) : graph_.constant(weight)};
  }

  std::string quantized_value(const std::string& x, const ValueRange& range) {
    const bool positive = range.low >= 0;
    const double scale = positive ? range.high / 255 : std::max(-range.low, range.high) / 127;
    const std::string step = graph_.constant(GraphConstant{{}, {static_cast<float>(scale)}});
    const std::string zero =
        positive ? graph_.constant({}, std::vector<std::uint8_t>{0}) : graph_.constant({}, std::vector<std::int8_t>{0});
    return graph_.node("DequantizeLinear", {graph_.node("QuantizeLinear", {x, step, zero}), step, zero});
  }

  std::string quantized_weight(const GraphConstant& weight) {
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
    const std::string zeros = graph_.constant(scales.shape, std::vector<std::int8_t>(outputs, 0));
    return graph_.node("DequantizeLinear", {graph_.constant(weight.shape, integers), graph_.constant(scales), zeros},
                       {{"axis", std::int64_t{0}}});
  }

  GraphValue add(GraphValue x, const GraphValue& y) {
    x.name = graph_.node("Add", {x.name, y.name});
    return x;
  }

  GraphValue concatenate(const std::vector<GraphValue>& parts) {
    std::vector<std::string> names;
    GraphValue joined{"", 0, parts.front().height, parts.front().width};
    for (const GraphValue& part : parts) {
      names.push_back(part.name);
      joined.channels += part.channels;
    }
    joined.name = graph_.node("Concat", names, {{"axis", std::int64_t{1}}});
    return joined;
  }

  GraphValue resize(GraphValue x, std::int64_t height, std::int64_t width, bool align_corners) {
    if (x.height == height && x.width == width) return x;
    const double rows = static_cast<double>(height) / static_cast<double>(x.height),
                 columns = static_cast<double>(width) / static_cast<double>(x.width);
    x.name = graph_.node(
        "Resize",
        {x.name, "",
         graph_.constant(GraphConstant{{4}, {1.0F, 1.0F, static_cast<float>(rows), static_cast<float>(columns)}})},
        {{"mode", std::string("linear")},
         {"coordinate_transformation_mode", std::string(align_corners ? "align_corners" : "pytorch_half_pixel")}});
    x.height = height;
    x.width = width;
    return x;
  }

  GraphValue average_to(GraphValue x, std::int64_t height, std::int64_t width) {
    if (x.height == height && x.width == width) return x;
    if (x.height % height != 0 || x.width % width != 0)
      throw DataError({file_.place(),
                       "a grid of " + std::to_string(x.height) + " to be averaged to " + std::to_string(height),
                       "a multiple", ""});
    const Ints cell{x.height / height, x.width / width};
    x.name = graph_.node("AveragePool", {x.name}, {{"kernel_shape", cell}, {"strides", cell}});
    x.height = height;
    x.width = width;
    return x;
  }

  // ---- backbones -------------------------------------------------------------------------------------------------

  /// Grey in [0, 1] -> what the stem expects; where all channels are scaled alike one is enough (see stem()).
  GraphValue scaled(const GraphValue& image) {
    if (options_.scaling == "zero_one") return image;
    std::array<double, 3> factor{2, 2, 2}, shift{-1, -1, -1};
    if (options_.scaling == "backbone") {
      const InputScaling& scaling = find_input_scaling(options_.backbone);
      for (std::size_t channel = 0; channel < 3; ++channel) {
        factor[channel] = 1 / scaling.deviation[channel];
        shift[channel] = -scaling.mean[channel] / scaling.deviation[channel];
      }
      if (!scaling.is_uniform()) {
        Folded spread{{{3, 1, 1, 1}, {}}, {{3}, {}}};
        for (std::size_t channel = 0; channel < 3; ++channel) {
          spread.weight.values.push_back(static_cast<float>(factor[channel]));
          spread.bias.values.push_back(static_cast<float>(shift[channel]));
        }
        return convolve(image, spread, {});
      }
    }
    Folded one{{{1, 1, 1, 1}, {static_cast<float>(factor[0])}}, {{1}, {static_cast<float>(shift[0])}}};
    return convolve(image, one, {});
  }

  /// The first convolution. Over equal channels it is one over their sum.
  GraphValue stem(const GraphValue& image, const std::string& conv, const std::string& normalization,
                  const Frame& frame, Nonlinearity nonlinearity, double epsilon) {
    Folded weights = folded(conv, normalization, epsilon);
    const std::int64_t channels = weights.weight.shape[1];
    if (image.channels == 1 && channels > 1) {
      const auto inner = static_cast<std::size_t>(weights.weight.shape[2] * weights.weight.shape[3]);
      GraphConstant summed{{weights.weight.shape[0], 1, weights.weight.shape[2], weights.weight.shape[3]}, {}};
      for (std::size_t output = 0; output < static_cast<std::size_t>(weights.weight.shape[0]); ++output)
        for (std::size_t place = 0; place < inner; ++place) {
          double sum = 0;
          for (std::size_t channel = 0; channel < static_cast<std::size_t>(channels); ++channel)
            sum += weights.weight.values[(output * static_cast<std::size_t>(channels) + channel) * inner + place];
          summed.values.push_back(static_cast<float>(sum));
        }
      weights.weight = std::move(summed);
    }
    return convolve(image, weights, frame, nonlinearity);
  }

  std::vector<GraphValue> backbone(const GraphValue& image) {
    const BackboneFacts& facts = find_backbone_facts(options_.backbone);
    switch (facts.family) {
      case BackboneFamily::kResnet:
        return resnet(image);
      case BackboneFamily::kEfficientNetLite:
        return lite(image, lite_blocks(facts.width, facts.depth));
    }
    throw std::logic_error("unreachable");
  }

  std::vector<GraphValue> resnet(const GraphValue& image) {
    GraphValue x = stem(image, "fex.conv1", "fex.bn1", {2, false, 3, 1}, Nonlinearity::kRelu, kEpsilon);
    x.name = graph_.node("MaxPool", {x.name},
                         {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
    x.height = (x.height - 1) / 2 + 1;
    x.width = (x.width - 1) / 2 + 1;
    std::vector<GraphValue> features;
    for (int level = 1; level <= 4; ++level) {
      for (int block = 0;; ++block) {
        const std::string name = "fex.layer" + std::to_string(level) + "." + std::to_string(block);
        if (!file_.find(name + ".conv1.weight")) break;
        x = residual(x, name, level > 1 && block == 0 ? 2 : 1);
      }
      features.push_back(x);
    }
    return features;
  }

  GraphValue residual(const GraphValue& input, const std::string& name, std::int64_t stride) {
    const bool bottleneck = file_.find(name + ".conv3.weight") != nullptr;
    const int count = bottleneck ? 3 : 2;
    const int strided = bottleneck ? 2 : 1;
    GraphValue shortcut = input;
    if (file_.find(name + ".downsample.0.weight"))
      shortcut = convolve(input, name + ".downsample.0", name + ".downsample.1", {stride, false, 0, 1});
    GraphValue x = input;
    for (int number = 1; number <= count; ++number) {
      const std::string conv = name + ".conv" + std::to_string(number), bn = name + ".bn" + std::to_string(number);
      const std::int64_t padding = bottleneck && number != 2 ? 0 : 1;
      x = convolve(x, conv, bn, {number == strided ? stride : 1, false, padding, 1},
                   number == count ? Nonlinearity::kNone : Nonlinearity::kRelu);
    }
    return activated(add(x, shortcut), Nonlinearity::kRelu);
  }

  std::vector<GraphValue> lite(const GraphValue& image, const std::vector<LiteBlock>& blocks) {
    GraphValue x = stem(image, "fex._conv_stem", "fex._bn0", {2, true, 0, 1}, Nonlinearity::kRelu6, kLiteEpsilon);
    std::vector<GraphValue> features;
    for (std::size_t index = 0; index < blocks.size(); ++index) {
      const std::string name = "fex._blocks." + std::to_string(index);
      const GraphValue input = x;
      if (blocks[index].expansion != 1)
        x = convolve(x, name + "._expand_conv", name + "._bn0", {}, Nonlinearity::kRelu6, kLiteEpsilon);
      x = convolve(x, name + "._depthwise_conv", name + "._bn1", {blocks[index].stride, true, 0, x.channels},
                   Nonlinearity::kRelu6, kLiteEpsilon);
      x = convolve(x, name + "._project_conv", name + "._bn2", {}, Nonlinearity::kNone, kLiteEpsilon);
      if (blocks[index].stride == 1 && x.channels == input.channels) x = add(x, input);
      if (blocks[index].ends_level) features.push_back(x);
    }
    return features;
  }

  // ---- location heads --------------------------------------------------------------------------------------------

  GraphValue mask_logits(const std::vector<GraphValue>& features) {
    if (options_.head == "rmtl") return rmtl(features.back());
    if (options_.head == "pyramid") return pyramid(features);
    if (options_.head == "unet") return unet(features);
    return la_net(features);
  }

  /// MLP of mean and maximum over pixels as 1 x 1 convolutions, their sum through a sigmoid, times the channels.
  GraphValue channel_attention(const GraphValue& f, const std::string& name) {
    const auto as_convolution = [&](const std::string& linear) {
      Folded weights{tensor(linear + ".weight"), {}};
      weights.weight.shape = {dimension(weights.weight, 0), dimension(weights.weight, 1), 1, 1};
      weights.bias = vector(linear + ".bias", weights.weight.shape[0]);
      return weights;
    };
    const Folded reduce = as_convolution(name + ".reduce"), expand = as_convolution(name + ".expand");
    const auto mlp = [&](const char* pooling) {
      const GraphValue pooled{graph_.node(pooling, {f.name}), f.channels, 1, 1};
      return convolve(convolve(pooled, reduce, {}, Nonlinearity::kRelu), expand, {});
    };
    const GraphValue mean = mlp("GlobalAveragePool"), highest = mlp("GlobalMaxPool");
    GraphValue y = f;
    y.name = graph_.node("Mul", {f.name, graph_.node("Sigmoid", {add(mean, highest).name})});
    return y;
  }

  GraphValue spatial_attention(const GraphValue& f, const std::string& name) {
    const auto over_channels = [&](const char* operation) {
      return GraphValue{graph_.node(operation, {f.name}, {{"axes", Ints{1}}, {"keepdims", std::int64_t{1}}}), 1,
                        f.height, f.width};
    };
    GraphValue x = concatenate({over_channels("ReduceMax"), over_channels("ReduceMean")});
    const int count = options_.spatial_form == "conv7" ? 1 : 3;
    for (int index = 0; index < count; ++index) {
      if (index > 0) x = activated(x, Nonlinearity::kRelu);
      const std::string number = std::to_string(index);
      x = convolve(x, name + ".convs." + number, name + ".norms." + number,
                   {1, false, options_.spatial_form == "conv7" ? 3 : 1, 1});
    }
    GraphValue y = f;
    y.name = graph_.node("Mul", {f.name, graph_.node("Sigmoid", {x.name})});
    return y;
  }

  GraphValue attended(const std::vector<GraphValue>& features, std::size_t level, std::size_t lowest) {
    GraphValue x = features[level];
    const std::string place = std::to_string(level - lowest);
    if (options_.channel_attention) x = channel_attention(x, "la_net.channel_attention." + place);
    if (options_.spatial_attention)
      x = spatial_attention(x,
                            "la_net.spatial_attention." + (options_.sharing == "per_level" ? place : std::string("0")));
    return x;
  }

  GraphValue la_net(const std::vector<GraphValue>& features) {
    const GraphValue& grid = features[static_cast<std::size_t>(options_.mask_level - 1)];
    std::vector<GraphValue> merged;
    for (std::size_t level = 0; level < features.size(); ++level) {
      const GraphValue x =
          convolve(attended(features, level, 0), "la_net.squeeze." + std::to_string(level), "", {1, false, 1, 1});
      const bool shrinks = grid.height < x.height;
      merged.push_back(options_.fusion_resize == "area" && shrinks
                           ? average_to(x, grid.height, grid.width)
                           : resize(x, grid.height, grid.width, options_.fusion_resize == "bilinear_corners"));
    }
    return convolve(concatenate(merged), "la_net.fusion", "la_net.norm", {1, false, 1, 1});
  }

  GraphValue pyramid(const std::vector<GraphValue>& features) {
    const auto lowest = static_cast<std::size_t>(options_.mask_level - 1);
    GraphValue x;
    for (std::size_t step = 0; step < features.size() - lowest; ++step) {
      const std::string number = std::to_string(step);
      GraphValue level =
          convolve(attended(features, features.size() - 1 - step, lowest), "la_net.lateral." + number, "", {});
      if (step > 0) level = add(level, resize(x, level.height, level.width, false));
      x = convolve(level, "la_net.smooth." + number, "la_net.norms." + number, {1, false, 1, 1}, Nonlinearity::kRelu);
    }
    return convolve(x, "la_net.mask", "", {1, false, 1, 1});
  }

  GraphValue unet(const std::vector<GraphValue>& features) {
    const auto lowest = static_cast<std::size_t>(options_.mask_level - 1);
    GraphValue x;
    for (std::size_t step = 0; step < features.size() - lowest; ++step) {
      const GraphValue& level = features[features.size() - 1 - step];
      x = step == 0 ? level : concatenate({resize(x, level.height, level.width, false), level});
      for (const std::size_t number : {2 * step, 2 * step + 1})
        x = convolve(x, "la_net.convolutions." + std::to_string(number), "la_net.norms." + std::to_string(number),
                     {1, false, 1, 1}, Nonlinearity::kRelu);
    }
    return convolve(x, "la_net.mask", "", {});
  }

  GraphValue rmtl(const GraphValue& top) {
    constexpr std::array<std::int64_t, 3> kStrides{4, 4, 2};
    constexpr std::array<std::int64_t, 2> kSides{16, 112};
    GraphValue x = top;
    for (std::size_t block = 0; block < kStrides.size(); ++block) {
      const std::string conv = "rmtl.convs." + std::to_string(block), bn = "rmtl.norms." + std::to_string(block);
      if (options_.rmtl_decoder == "deconvolution") {
        const Folded weights = folded(conv, bn, kEpsilon, /*transposed=*/true);
        x.name = graph_.node("ConvTranspose", {x.name, graph_.constant(weights.weight), graph_.constant(weights.bias)},
                             {{"strides", Ints{kStrides[block], kStrides[block]}},
                              {"kernel_shape", Ints{kStrides[block], kStrides[block]}}});
        x = activated({x.name, weights.weight.shape[1], x.height * kStrides[block], x.width * kStrides[block]},
                      Nonlinearity::kRelu);
        continue;
      }
      const bool last = block + 1 == kStrides.size();
      const std::int64_t side = last ? card_.input_size : kSides[block];
      x = resize(convolve(x, conv, "", {1, false, 1, 1}, Nonlinearity::kRelu6), side, side, true);
      const auto [scale, shift] = norm(bn, x.channels, kEpsilon);
      GraphConstant factor{{1, x.channels, 1, 1}, {}}, offset{{1, x.channels, 1, 1}, {}};
      factor.values.assign(scale.begin(), scale.end());
      offset.values.assign(shift.begin(), shift.end());
      x.name = graph_.node("Add", {graph_.node("Mul", {x.name, graph_.constant(factor)}), graph_.constant(offset)});
    }
    return convolve(x, "rmtl.mask", "", {});
  }

  // ---- classifier ------------------------------------------------------------------------------------------------

  void classify(const GraphValue& top) {
    Folded weights{tensor("classifier.weight"), {}};
    const auto classes = static_cast<std::int64_t>(card_.classes.size());
    if (dimension(weights.weight, 0) != classes || dimension(weights.weight, 1) != top.channels)
      throw DataError({file_.place(), "classifier.weight of " + shape_text(weights.weight.shape),
                       shape_text({classes, top.channels}), ""});
    weights.bias = vector("classifier.bias", classes);
    const std::string pooled =
        graph_.node("ReduceMean", {top.name}, {{"axes", Ints{2, 3}}, {"keepdims", std::int64_t{0}}});
    graph_.output(graph_.node("Gemm", {pooled, graph_.constant(weights.weight), graph_.constant(weights.bias)},
                              {{"transB", std::int64_t{1}}}),
                  kGraphClassLogits, {classes});
    weights.weight.shape = {classes, top.channels, 1, 1};
    std::fill(weights.bias.values.begin(), weights.bias.values.end(), 0.0F);
    const GraphValue activation = convolve(top, weights, {});
    graph_.output(activation.name, kGraphActivation, {classes, activation.height, activation.width});
  }

  const SafetensorsFile& file_;
  const ModelCard& card_;
  GraphForm form_;
  Quantization quantization_;
  std::map<std::string, std::string> eight_bit_;  // value -> itself through 8 bits
  NetworkOptions options_;
  OnnxGraph graph_;
};

}  // namespace

std::string onnx_of_model(const SafetensorsFile& file, GraphForm form) {
  const ModelCard card = card_from_metadata(file.metadata(), file.place());
  return Translator(file, card, form).run();
}

}  // namespace lanet
