#include "network/resnet.hpp"

#include <string>
#include <vector>

namespace lanet {
namespace {

struct Step {
  std::int64_t outputs;
  ConvolutionForm form;
};

ConvolutionForm square(std::int64_t kernel, std::int64_t stride) { return {kernel, stride, kernel / 2, false, false}; }

ValueId residual_block(NetworkBuilder& builder, ValueId input, const std::string& name, std::int64_t width,
                       std::int64_t stride, bool bottleneck) {
  const std::vector<Step> steps =
      bottleneck ? std::vector<Step>{{width, square(1, 1)}, {width, square(3, stride)}, {4 * width, square(1, 1)}}
                 : std::vector<Step>{{width, square(3, stride)}, {width, square(3, 1)}};
  // Files have the shortcut's weights behind the others.
  std::int64_t inputs = builder.channels(input);
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const std::string number = std::to_string(index + 1);
    builder.declare_convolution(name + ".conv" + number, inputs, steps[index].outputs, steps[index].form);
    builder.declare_norm(name + ".bn" + number, steps[index].outputs);
    inputs = steps[index].outputs;
  }
  ValueId shortcut = input;
  if (stride != 1 || builder.channels(input) != inputs)
    shortcut = builder.norm(builder.convolve(input, name + ".downsample.0", inputs, square(1, stride)),
                            name + ".downsample.1");
  ValueId x = input;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const std::string number = std::to_string(index + 1);
    x = builder.norm(builder.convolve(x, name + ".conv" + number, steps[index].outputs, steps[index].form),
                     name + ".bn" + number);
    if (index + 1 == steps.size()) x = builder.add(x, shortcut);
    x = builder.activate(x, Nonlinearity::kRelu);
  }
  return x;
}

}  // namespace

Features resnet(NetworkBuilder& builder, ValueId image, const ResnetForm& form) {
  constexpr std::int64_t kStemChannels = 64;
  ValueId x = builder.norm(builder.convolve(image, "conv1", kStemChannels, square(7, 2)), "bn1");
  x = builder.max_pool(builder.activate(x, Nonlinearity::kRelu), 3, 2, 1);
  Features features{};
  for (std::size_t level = 0; level < features.size(); ++level) {
    for (std::int64_t block = 0; block < form.blocks[level]; ++block)
      x = residual_block(builder, x, "layer" + std::to_string(level + 1) + "." + std::to_string(block),
                         kStemChannels << level, level > 0 && block == 0 ? 2 : 1, form.bottleneck);
    features[level] = x;
  }
  return features;
}

}  // namespace lanet
