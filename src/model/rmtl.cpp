#include "model/rmtl.hpp"

#include <array>

#include "model/norm_activation.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

constexpr std::array<std::int64_t, 3> kWidths{256, 64, 32};
constexpr std::array<std::int64_t, 3> kStrides{4, 4, 2};
constexpr std::array<std::int64_t, 2> kSides{16, 112};  // of the first two blocks of the bilinear form

}  // namespace

RmtlDecoderImpl::RmtlDecoderImpl(const std::string& form, std::int64_t inputs) {
  nn::ModuleList convolutions, norms;
  for (std::size_t block = 0; block < kWidths.size(); ++block) {
    const std::int64_t width = kWidths[block];
    if (form == "deconvolution") {
      deconvolutions_.push_back(nn::ConvTranspose2d(
          nn::ConvTranspose2dOptions(inputs, width, kStrides[block]).stride(kStrides[block]).bias(false)));
      convolutions->push_back(deconvolutions_.back());
    } else {
      convolutions_.push_back(nn::Conv2d(nn::Conv2dOptions(inputs, width, 3).padding(1)));
      convolutions->push_back(convolutions_.back());
    }
    norms_.push_back(nn::BatchNorm2d(width));
    norms->push_back(norms_.back());
    inputs = width;
  }
  register_module("convs", convolutions);
  register_module("norms", norms);
  mask_ = register_module("mask", nn::Conv2d(nn::Conv2dOptions(kWidths.back(), 1, 1)));
}

torch::Tensor RmtlDecoderImpl::forward(const torch::Tensor& top, std::int64_t height, std::int64_t width) {
  torch::Tensor x = top;
  for (std::size_t block = 0; block < norms_.size(); ++block) x = upsample(x, block, height, width);
  return mask_->forward(x);
}

torch::Tensor RmtlDecoderImpl::upsample(torch::Tensor x, std::size_t block, std::int64_t height, std::int64_t width) {
  if (!deconvolutions_.empty())
    return norm_activation(norms_[block], deconvolutions_[block]->forward(x), Activation::kRelu);
  const bool last = block + 1 == norms_.size();
  const std::vector<std::int64_t> size{last ? height : kSides[block], last ? width : kSides[block]};
  x = torch::relu6(convolutions_[block]->forward(x));
  return norm_activation(norms_[block], torch::upsample_bilinear2d(x, size, /*align_corners=*/true), Activation::kNone);
}

}  // namespace lanet
