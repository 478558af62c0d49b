#include "model/cbam.hpp"

#include <algorithm>

#include "model/attention_pooling.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

struct ConvolutionShape {
  std::int64_t inputs, outputs, kernel;
};

std::vector<ConvolutionShape> convolutions_of(const std::string& form) {
  if (form == "conv7") return {{2, 1, 7}};
  return {{2, 8, 3}, {8, 8, 3}, {8, 1, 3}};
}

}  // namespace

ChannelAttentionImpl::ChannelAttentionImpl(std::int64_t channels) {
  const std::int64_t hidden = std::max<std::int64_t>(1, channels / 16);
  reduce_ = register_module("reduce", nn::Linear(channels, hidden));
  expand_ = register_module("expand", nn::Linear(hidden, channels));
}

torch::Tensor ChannelAttentionImpl::forward(const torch::Tensor& f) {
  const auto mlp = [this](const torch::Tensor& pooled) { return expand_->forward(reduce_->forward(pooled).relu()); };
  const PooledPixels pooled = pool_pixels(f);
  const auto weight = (mlp(pooled.mean) + mlp(pooled.largest)).sigmoid();
  return f * weight.unsqueeze(2).unsqueeze(3);
}

SpatialAttentionImpl::SpatialAttentionImpl(const std::string& form) {
  nn::ModuleList convolutions, norms;
  for (const ConvolutionShape& shape : convolutions_of(form)) {
    convolutions_.push_back(
        nn::Conv2d(nn::Conv2dOptions(shape.inputs, shape.outputs, shape.kernel).padding(shape.kernel / 2).bias(false)));
    norms_.push_back(nn::BatchNorm2d(nn::BatchNorm2dOptions(shape.outputs).momentum(0.01)));
    convolutions->push_back(convolutions_.back());
    norms->push_back(norms_.back());
  }
  register_module("convs", convolutions);
  register_module("norms", norms);
}

torch::Tensor SpatialAttentionImpl::forward(const torch::Tensor& f) {
  torch::Tensor x = pool_channels(f);
  for (std::size_t index = 0; index < convolutions_.size(); ++index) {
    if (index > 0) x = x.relu();
    x = norms_[index]->forward(convolutions_[index]->forward(x));
  }
  return f * x.sigmoid();
}

}  // namespace lanet
