#include "graph/folded_layer.hpp"

#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "modelfile/half.hpp"

namespace lanet {
namespace {

GraphConstant read_tensor(const SafetensorsFile& file, const LayerTensor& wanted) {
  const TensorInfo* info = file.find(wanted.name);
  if (!info)
    throw DataError(
        {file.place(), "no tensor " + wanted.name, "every tensor of the network", "train or export the model anew"});
  if (info->shape != wanted.shape)
    throw DataError({file.place(), wanted.name + " of " + shape_text(info->shape), shape_text(wanted.shape), ""});
  const auto bytes = file.bytes(*info);
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
    throw DataError({file.place(), wanted.name + " of type " + info->dtype, "F32 or F16", ""});
  return numbers;
}

}  // namespace

ChannelScale channel_scale(const SafetensorsFile& file, const Layer& norm) {
  const std::vector<LayerTensor> names = tensors_of(norm);
  const GraphConstant weight = read_tensor(file, names[0]), bias = read_tensor(file, names[1]),
                      mean = read_tensor(file, names[2]), variance = read_tensor(file, names[3]);
  ChannelScale result;
  for (std::size_t index = 0; index < weight.values.size(); ++index) {
    result.scale.push_back(weight.values[index] / std::sqrt(variance.values[index] + norm.epsilon));
    result.shift.push_back(bias.values[index] - mean.values[index] * result.scale.back());
  }
  return result;
}

FoldedLayer folded_layer(const SafetensorsFile& file, const Layer& layer, const Layer* norm) {
  const std::vector<LayerTensor> names = tensors_of(layer);
  FoldedLayer folded;
  folded.weight = read_tensor(file, names[0]);
  folded.bias = {{layer.outputs}, std::vector<float>(static_cast<std::size_t>(layer.outputs), 0.0F)};
  if (layer.bias) folded.bias = read_tensor(file, names[1]);
  if (!norm) return folded;
  const auto [scale, shift] = channel_scale(file, *norm);
  const bool transposed = layer.kind == LayerKind::kTransposedConvolution;
  const std::vector<std::int64_t>& shape = folded.weight.shape;
  const auto inner = static_cast<std::size_t>(shape[2] * shape[3]);
  const std::size_t per_output = transposed ? inner : inner * static_cast<std::size_t>(shape[1]);
  for (std::size_t index = 0; index < folded.weight.values.size(); ++index)
    folded.weight.values[index] =
        static_cast<float>(folded.weight.values[index] * scale[index / per_output % scale.size()]);
  for (std::size_t index = 0; index < scale.size(); ++index)
    folded.bias.values[index] = static_cast<float>(folded.bias.values[index] * scale[index] + shift[index]);
  return folded;
}

GraphConstant summed_inputs(const GraphConstant& weight) {
  const auto outputs = static_cast<std::size_t>(weight.shape[0]), inputs = static_cast<std::size_t>(weight.shape[1]),
             inner = static_cast<std::size_t>(weight.shape[2] * weight.shape[3]);
  GraphConstant summed{{weight.shape[0], 1, weight.shape[2], weight.shape[3]}, {}};
  for (std::size_t output = 0; output < outputs; ++output)
    for (std::size_t place = 0; place < inner; ++place) {
      double sum = 0;
      for (std::size_t input = 0; input < inputs; ++input)
        sum += weight.values[(output * inputs + input) * inner + place];
      summed.values.push_back(static_cast<float>(sum));
    }
  return summed;
}

}  // namespace lanet
