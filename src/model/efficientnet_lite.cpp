#include "model/efficientnet_lite.hpp"

#include <algorithm>

#include "model/depthwise_convolution.hpp"
#include "model/norm_activation.hpp"
#include "model/stem_convolution.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

/// Convolution with TensorFlow's padding: ceil(size / stride) outputs, an odd row or column at the bottom or right.
class SameConv2dImpl : public nn::Conv2dImpl {
 public:
  SameConv2dImpl(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                 std::int64_t groups)
      : nn::Conv2dImpl(nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).groups(groups).bias(false)),
        kernel_(kernel),
        stride_(stride),
        groups_(groups) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const std::int64_t rows = padding_of(x.size(2));
    const std::int64_t columns = padding_of(x.size(3));
    const ConvolutionFrame frame{rows / 2, columns / 2, (x.size(2) + stride_ - 1) / stride_,
                                 (x.size(3) + stride_ - 1) / stride_};
    const auto result =
        groups_ > 1 ? depthwise_convolution(x, weight, stride_, frame) : stem_convolution(x, weight, stride_, frame);
    if (result) return *result;
    if (rows % 2 == 0 && columns % 2 == 0) return convolve(x, rows / 2, columns / 2);
    const auto padded = torch::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
    return convolve(padded, 0, 0);
  }

 private:
  torch::Tensor convolve(const torch::Tensor& x, std::int64_t rows, std::int64_t columns) const {
    const std::vector<std::int64_t> strides{stride_, stride_}, padding{rows, columns}, dilation{1, 1};
    return torch::conv2d(x, weight, torch::Tensor(), strides, padding, dilation, groups_);
  }

  std::int64_t padding_of(std::int64_t size) const {
    const std::int64_t outputs = (size + stride_ - 1) / stride_;
    return std::max<std::int64_t>((outputs - 1) * stride_ + kernel_ - size, 0);
  }

  std::int64_t kernel_;
  std::int64_t stride_;
  std::int64_t groups_;
};
TORCH_MODULE(SameConv2d);

nn::BatchNorm2d norm(std::int64_t channels) {
  return nn::BatchNorm2d(nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.01));
}

/// Expand 1x1, depthwise, project 1x1; a shortcut where size and channels stay.
class InvertedResidual : public nn::Module {
 public:
  InvertedResidual(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                   std::int64_t expansion)
      : adds_(stride == 1 && inputs == outputs) {
    const std::int64_t middle = inputs * expansion;
    if (expansion != 1) {
      expand_ = register_module("_expand_conv", SameConv2d(inputs, middle, 1, 1, 1));
      expand_norm_ = register_module("_bn0", norm(middle));
    }
    depthwise_ = register_module("_depthwise_conv", SameConv2d(middle, middle, kernel, stride, middle));
    depthwise_norm_ = register_module("_bn1", norm(middle));
    project_ = register_module("_project_conv", SameConv2d(middle, outputs, 1, 1, 1));
    project_norm_ = register_module("_bn2", norm(outputs));
  }

  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor x = input;
    if (!expand_.is_empty()) x = norm_activation(expand_norm_, expand_->forward(x), Activation::kRelu6);
    x = norm_activation(depthwise_norm_, depthwise_->forward(x), Activation::kRelu6);
    return norm_activation(project_norm_, project_->forward(x), Activation::kNone, adds_ ? input : torch::Tensor());
  }

 private:
  bool adds_;
  SameConv2d expand_{nullptr}, depthwise_{nullptr}, project_{nullptr};
  nn::BatchNorm2d expand_norm_{nullptr}, depthwise_norm_{nullptr}, project_norm_{nullptr};
};

struct StageShape {
  std::int64_t repeats, kernel, stride, expansion, channels;
};
constexpr std::array<StageShape, 7> kStages{{{1, 3, 1, 1, 16},
                                             {2, 3, 2, 6, 24},
                                             {2, 5, 2, 6, 40},
                                             {3, 3, 2, 6, 80},
                                             {3, 5, 1, 6, 112},
                                             {4, 5, 2, 6, 192},
                                             {1, 3, 1, 6, 320}}};
constexpr std::array<std::size_t, 4> kFeatureBlocks{2, 4, 10, 15};

class EfficientNetLite0 : public Backbone {
 public:
  explicit EfficientNetLite0(std::int64_t stem_channels) {
    stem_ = register_module("_conv_stem", SameConv2d(stem_channels, 32, 3, 2, 1));
    stem_norm_ = register_module("_bn0", norm(32));
    nn::ModuleList list;
    std::int64_t inputs = 32;
    for (const StageShape& stage : kStages)
      for (std::int64_t repeat = 0; repeat < stage.repeats; ++repeat) {
        blocks_.push_back(std::make_shared<InvertedResidual>(inputs, stage.channels, stage.kernel,
                                                             repeat == 0 ? stage.stride : 1, stage.expansion));
        list->push_back(blocks_.back());
        inputs = stage.channels;
      }
    register_module("_blocks", list);
  }

  std::vector<torch::Tensor> forward(torch::Tensor x) override {
    x = norm_activation(stem_norm_, stem_->forward(x), Activation::kRelu6);
    std::vector<torch::Tensor> features;
    for (std::size_t index = 0; index < blocks_.size(); ++index) {
      x = blocks_[index]->forward(x);
      if (index == kFeatureBlocks[features.size()]) features.push_back(x);
    }
    return features;
  }

  std::array<std::int64_t, 4> channels() const override { return {24, 40, 112, 320}; }

 private:
  SameConv2d stem_{nullptr};
  nn::BatchNorm2d stem_norm_{nullptr};
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
};

}  // namespace

std::shared_ptr<Backbone> make_efficientnet_lite0(std::int64_t stem_channels) {
  return std::make_shared<EfficientNetLite0>(stem_channels);
}

}  // namespace lanet
