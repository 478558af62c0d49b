#include "model/unet.hpp"

#include <cmath>

#include "model/norm_activation.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

constexpr std::size_t kConvolutionsALevel = 2;

NetworkOptions without_attention(NetworkOptions options) {
  options.channel_attention = options.spatial_attention = false;
  return options;
}

}  // namespace

UNet::UNet(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels)
    : LocationHead(without_attention(options), channels, static_cast<std::size_t>(options.mask_level - 1)) {
  nn::ModuleList convolutions, norms;
  std::int64_t inputs = 0, width = options.pyramid_width;
  for (auto level = static_cast<std::int64_t>(channels.size()); level >= options.mask_level; --level) {
    inputs += channels[static_cast<std::size_t>(level - 1)];
    for (std::size_t step = 0; step < kConvolutionsALevel; ++step) {
      convolutions->push_back(convolutions_.emplace_back(nn::Conv2dOptions(inputs, width, 3).padding(1).bias(false)));
      norms->push_back(norms_.emplace_back(nn::BatchNorm2dOptions(width)));
      inputs = width;
    }
  }
  register_module("convolutions", convolutions);
  register_module("norms", norms);
  mask_ = register_module("mask", nn::Conv2d(nn::Conv2dOptions(width, 1, 1)));
}

void UNet::start_mask_at(double prior, double) {
  const torch::NoGradGuard no_gradient;
  mask_->bias.fill_(std::log(prior / (1 - prior)));
}

torch::Tensor UNet::forward(const std::vector<torch::Tensor>& features) {
  torch::Tensor x;
  for (std::size_t first = 0; first < convolutions_.size(); first += kConvolutionsALevel) {
    const torch::Tensor level = attended(features, features.size() - 1 - first / kConvolutionsALevel);
    x = x.defined() ? torch::cat({torch::upsample_bilinear2d(x, {level.size(2), level.size(3)}, false), level}, 1)
                    : level;
    for (std::size_t step = first; step < first + kConvolutionsALevel; ++step)
      x = norm_activation(norms_[step], convolutions_[step]->forward(x), Activation::kRelu);
  }
  return mask_->forward(x);
}

}  // namespace lanet
