#include "network/attention.hpp"

#include <algorithm>
#include <vector>

namespace lanet {
namespace {

struct ConvolutionShape {
  std::int64_t outputs, kernel;
};

std::vector<ConvolutionShape> convolutions_of(const std::string& form) {
  if (form == "conv7") return {{1, 7}};
  return {{8, 3}, {8, 3}, {1, 3}};
}

}  // namespace

ValueId channel_attention(NetworkBuilder& builder, ValueId f, const std::string& name) {
  constexpr std::int64_t kReduction = 16;
  const std::int64_t channels = builder.channels(f), hidden = std::max<std::int64_t>(1, channels / kReduction);
  const auto mlp = [&](Pooling pooling) {
    const ValueId reduced = builder.linear(builder.global_pool(f, pooling), name + ".reduce", hidden);
    return builder.linear(builder.activate(reduced, Nonlinearity::kRelu), name + ".expand", channels);
  };
  const ValueId average = mlp(Pooling::kAverage), maximum = mlp(Pooling::kMaximum);
  return builder.multiply(f, builder.activate(builder.add(average, maximum), Nonlinearity::kSigmoid));
}

ValueId spatial_attention(NetworkBuilder& builder, ValueId f, const std::string& name, const std::string& form) {
  constexpr NormForm kNorm{1e-5, 0.01};
  const std::vector<ConvolutionShape> shapes = convolutions_of(form);
  ValueId x = builder.channel_pool(f);
  for (std::size_t index = 0; index < shapes.size(); ++index) {
    const std::string number = std::to_string(index);
    if (index > 0) x = builder.activate(x, Nonlinearity::kRelu);
    x = builder.convolve(x, name + ".convs." + number, shapes[index].outputs,
                         {shapes[index].kernel, 1, shapes[index].kernel / 2, false, false});
    x = builder.norm(x, name + ".norms." + number, kNorm);
  }
  return builder.multiply(f, builder.activate(x, Nonlinearity::kSigmoid));
}

ValueId mask_attention(NetworkBuilder& builder, ValueId f, ValueId mask_probability) {
  return builder.add(f, builder.multiply(f, builder.average_pool(mask_probability, f)));
}

ValueId attended(NetworkBuilder& builder, const NetworkOptions& options, const Features& features, std::size_t level,
                 std::size_t lowest) {
  ValueId x = features.at(level);
  const std::string place = std::to_string(level - lowest);
  if (options.channel_attention) x = channel_attention(builder, x, "channel_attention." + place);
  if (options.spatial_attention)
    x = spatial_attention(builder, x, "spatial_attention." + (options.sharing == "per_level" ? place : "0"),
                          options.spatial_form);
  return x;
}

}  // namespace lanet
