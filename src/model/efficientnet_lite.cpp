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
  explicit InvertedResidual(const LiteBlock& shape) : adds_(shape.stride == 1 && shape.inputs == shape.outputs) {
    const std::int64_t middle = shape.inputs * shape.expansion;
    if (shape.expansion != 1) {
      expand_ = register_module("_expand_conv", SameConv2d(shape.inputs, middle, 1, 1, 1));
      expand_norm_ = register_module("_bn0", norm(middle));
    }
    depthwise_ = register_module("_depthwise_conv", SameConv2d(middle, middle, shape.kernel, shape.stride, middle));
    depthwise_norm_ = register_module("_bn1", norm(middle));
    project_ = register_module("_project_conv", SameConv2d(middle, shape.outputs, 1, 1, 1));
    project_norm_ = register_module("_bn2", norm(shape.outputs));
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

class EfficientNetLite : public Backbone {
 public:
  EfficientNetLite(const BackboneFacts& facts, std::int64_t stem_channels)
      : shapes_(lite_blocks(facts.width, facts.depth)) {
    stem_ = register_module("_conv_stem", SameConv2d(stem_channels, kLiteStemChannels, 3, 2, 1));
    stem_norm_ = register_module("_bn0", norm(kLiteStemChannels));
    nn::ModuleList list;
    for (const LiteBlock& shape : shapes_) {
      blocks_.push_back(std::make_shared<InvertedResidual>(shape));
      list->push_back(blocks_.back());
    }
    register_module("_blocks", list);
  }

  std::vector<torch::Tensor> forward(torch::Tensor x) override {
    x = norm_activation(stem_norm_, stem_->forward(x), Activation::kRelu6);
    std::vector<torch::Tensor> features;
    for (std::size_t index = 0; index < blocks_.size(); ++index) {
      x = blocks_[index]->forward(x);
      if (shapes_[index].ends_level) features.push_back(x);
    }
    return features;
  }

  std::array<std::int64_t, 4> channels() const override {
    std::array<std::int64_t, 4> outputs{};
    std::size_t level = 0;
    for (const LiteBlock& shape : shapes_)
      if (shape.ends_level) outputs.at(level++) = shape.outputs;
    return outputs;
  }

 private:
  std::vector<LiteBlock> shapes_;
  SameConv2d stem_{nullptr};
  nn::BatchNorm2d stem_norm_{nullptr};
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
};

std::shared_ptr<Backbone> make_lite(const std::string& name, std::int64_t stem_channels) {
  return std::make_shared<EfficientNetLite>(find_backbone_facts(name), stem_channels);
}

}  // namespace

std::shared_ptr<Backbone> make_efficientnet_lite0(std::int64_t stem_channels) {
  return make_lite("efficientnet_lite0", stem_channels);
}

std::shared_ptr<Backbone> make_efficientnet_lite1(std::int64_t stem_channels) {
  return make_lite("efficientnet_lite1", stem_channels);
}

std::shared_ptr<Backbone> make_efficientnet_lite2(std::int64_t stem_channels) {
  return make_lite("efficientnet_lite2", stem_channels);
}

}  // namespace lanet
