#include "network/mobilenet_v2.hpp"

#include <array>
#include <string>

namespace lanet {
namespace {

constexpr std::int64_t kMobileStemChannels = 32;

/// Inverted residuals of one width; the first has the stride.
struct MobileStage {
  std::int64_t expansion, channels, repeats, stride;
  bool ends_level;  // f_1 .. f_4 are what comes last at strides 4, 8, 16 and 32
};
constexpr std::array<MobileStage, 7> kMobileStages{{{1, 16, 1, 1, false},
                                                    {6, 24, 2, 2, true},
                                                    {6, 32, 3, 2, true},
                                                    {6, 64, 4, 2, false},
                                                    {6, 96, 3, 1, true},
                                                    {6, 160, 3, 2, false},
                                                    {6, 320, 1, 1, true}}};

ConvolutionForm mobile_point() { return {1, 1, 0, false, false}; }

/// Expand 1 x 1, depthwise 3 x 3, project 1 x 1; a shortcut where size and channels stay. In the files' numbers every
/// ReLU6 counts as a layer.
ValueId mobile_block(NetworkBuilder& builder, ValueId input, const std::string& name, std::int64_t expansion,
                     std::int64_t outputs, std::int64_t stride) {
  const std::int64_t inputs = builder.channels(input), middle = inputs * expansion;
  int number = 0;
  ValueId x = input;
  const auto step = [&](std::int64_t channels, const ConvolutionForm& form, bool activated) {
    x = builder.convolve(x, name + std::to_string(number), channels, form);
    x = builder.norm(x, name + std::to_string(number + 1));
    if (activated) x = builder.activate(x, Nonlinearity::kRelu6);
    number += 3;
  };
  if (expansion != 1) step(middle, mobile_point(), true);
  step(middle, {3, stride, 1, true, false}, true);
  step(outputs, mobile_point(), false);
  return stride == 1 && inputs == outputs ? builder.add(x, input) : x;
}

}  // namespace

Features mobilenet_v2(NetworkBuilder& builder, ValueId image) {
  ValueId x = builder.convolve(image, "features.0.0", kMobileStemChannels, {3, 2, 1, false, false});
  x = builder.activate(builder.norm(x, "features.0.1"), Nonlinearity::kRelu6);
  Features features{};
  std::size_t level = 0;
  int number = 1;
  for (const MobileStage& stage : kMobileStages) {
    for (std::int64_t repeat = 0; repeat < stage.repeats; ++repeat, ++number)
      x = mobile_block(builder, x, "features." + std::to_string(number) + ".conv.", stage.expansion, stage.channels,
                       repeat == 0 ? stage.stride : 1);
    if (stage.ends_level) features.at(level++) = x;
  }
  return features;
}

}  // namespace lanet
