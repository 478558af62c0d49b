#include "model/pyramid.hpp"

#include <cmath>

#include "model/convolution.hpp"
#include "model/norm_activation.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

}  // namespace

Pyramid::Pyramid(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels)
    : LocationHead(options, channels, static_cast<std::size_t>(options.mask_level - 1)) {
  nn::ModuleList laterals, smooths, norms;
  const std::int64_t width = options.pyramid_width;
  for (auto level = static_cast<std::int64_t>(channels.size()); level >= options.mask_level; --level) {
    const std::int64_t inputs = channels[static_cast<std::size_t>(level - 1)];
    laterals->push_back(lateral_.emplace_back(nn::Conv2dOptions(inputs, width, 1)));
    smooths->push_back(smooth_.emplace_back(nn::Conv2dOptions(width, width, 3).padding(1).bias(false)));
    norms->push_back(norms_.emplace_back(nn::BatchNorm2dOptions(width)));
  }
  register_module("lateral", laterals);
  register_module("smooth", smooths);
  register_module("norms", norms);
  mask_ = register_module("mask", nn::Conv2d(nn::Conv2dOptions(width, 1, 3).padding(1)));
}

void Pyramid::start_mask_at(double prior, double) {
  const torch::NoGradGuard no_gradient;
  mask_->bias.fill_(std::log(prior / (1 - prior)));
}

torch::Tensor Pyramid::forward(const std::vector<torch::Tensor>& features) {
  torch::Tensor x;
  for (std::size_t step = 0; step < lateral_.size(); ++step) {
    torch::Tensor level = lateral_[step]->forward(attended(features, features.size() - 1 - step));
    if (x.defined())
      level = level + torch::upsample_bilinear2d(x, {level.size(2), level.size(3)}, /*align_corners=*/false);
    x = norm_activation(norms_[step], smooth_[step]->forward(level), Activation::kRelu);
  }
  return squeeze(mask_, x);
}

}  // namespace lanet
