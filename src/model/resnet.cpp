#include "model/resnet.hpp"

#include "model/convolution.hpp"
#include "model/norm_activation.hpp"
#include "model/stem_convolution.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride = 1) {
  return nn::Conv2d(nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// Residual block: two 3x3 convolutions, or 1x1, 3x3 (with the stride: v1.5), 1x1 with four times the width.
class ResidualBlock : public nn::Module {
 public:
  ResidualBlock(std::int64_t inputs, std::int64_t width, std::int64_t stride, bool bottleneck) {
    const std::int64_t outputs = bottleneck ? 4 * width : width;
    if (bottleneck) {
      add(inputs, width, 1, 1);
      add(width, width, 3, stride);
      add(width, outputs, 1, 1);
    } else {
      add(inputs, width, 3, stride);
      add(width, width, 3, 1);
    }
    if (stride == 1 && inputs == outputs) return;
    shortcut_ = convolution(inputs, outputs, 1, stride);
    shortcut_norm_ = nn::BatchNorm2d(outputs);
    register_module("downsample", nn::Sequential(shortcut_, shortcut_norm_));
  }

  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor shortcut = input;
    if (!shortcut_.is_empty()) shortcut = norm_activation(shortcut_norm_, shortcut_->forward(input), Activation::kNone);
    torch::Tensor x = input;
    for (std::size_t index = 0; index < convolutions_.size(); ++index) {
      const bool last = index + 1 == convolutions_.size();
      x = norm_activation(norms_[index], convolve(convolutions_[index], x), Activation::kRelu,
                          last ? shortcut : torch::Tensor());
    }
    return x;
  }

 private:
  void add(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
    const std::string number = std::to_string(convolutions_.size() + 1);
    convolutions_.push_back(register_module("conv" + number, convolution(inputs, outputs, kernel, stride)));
    norms_.push_back(register_module("bn" + number, nn::BatchNorm2d(outputs)));
  }

  std::vector<nn::Conv2d> convolutions_;
  std::vector<nn::BatchNorm2d> norms_;
  nn::Conv2d shortcut_{nullptr};
  nn::BatchNorm2d shortcut_norm_{nullptr};
};

class ResNet : public Backbone {
 public:
  ResNet(const std::array<std::int64_t, 4>& repeats, bool bottleneck, std::int64_t stem_channels) {
    conv1_ =
        register_module("conv1", nn::Conv2d(nn::Conv2dOptions(stem_channels, 64, 7).stride(2).padding(3).bias(false)));
    bn1_ = register_module("bn1", nn::BatchNorm2d(64));
    std::int64_t inputs = 64;
    for (std::size_t level = 0; level < repeats.size(); ++level) {
      const std::int64_t width = std::int64_t{64} << level;
      nn::Sequential layer;
      for (std::int64_t block = 0; block < repeats[level]; ++block) {
        layer->push_back(std::make_shared<ResidualBlock>(inputs, width, level > 0 && block == 0 ? 2 : 1, bottleneck));
        inputs = bottleneck ? 4 * width : width;
      }
      layers_.push_back(register_module("layer" + std::to_string(level + 1), layer));
      channels_[level] = inputs;
    }
  }

  std::vector<torch::Tensor> forward(torch::Tensor x) override {
    x = torch::max_pool2d(norm_activation(bn1_, stem(x), Activation::kRelu), 3, 2, 1);
    std::vector<torch::Tensor> features;
    for (nn::Sequential& layer : layers_) features.push_back(x = layer->forward(x));
    return features;
  }

  std::array<std::int64_t, 4> channels() const override { return channels_; }

 private:
  torch::Tensor stem(const torch::Tensor& x) {
    const ConvolutionFrame frame{3, 3, (x.size(2) + 1) / 2, (x.size(3) + 1) / 2};
    const auto result = stem_convolution(x, conv1_->weight, 2, frame);
    return result ? *result : conv1_->forward(x);
  }

  nn::Conv2d conv1_{nullptr};
  nn::BatchNorm2d bn1_{nullptr};
  std::vector<nn::Sequential> layers_;
  std::array<std::int64_t, 4> channels_{};
};

}  // namespace

std::shared_ptr<Backbone> make_resnet18(std::int64_t stem_channels) {
  return std::make_shared<ResNet>(std::array<std::int64_t, 4>{2, 2, 2, 2}, false, stem_channels);
}

std::shared_ptr<Backbone> make_resnet50(std::int64_t stem_channels) {
  return std::make_shared<ResNet>(std::array<std::int64_t, 4>{3, 4, 6, 3}, true, stem_channels);
}

}  // namespace lanet
