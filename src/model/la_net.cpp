#include "model/la_net.hpp"

#include <cmath>

#include "model/convolution.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

/// Resizes [B, 1, s, s] to rows x columns as `form` says (NetworkOptions::fusion_resize).
torch::Tensor resized(const torch::Tensor& x, std::int64_t rows, std::int64_t columns, const std::string& form) {
  if (x.size(2) == rows && x.size(3) == columns) return x;
  const std::vector<std::int64_t> size{rows, columns};
  if (form == "bilinear_corners") return torch::upsample_bilinear2d(x, size, /*align_corners=*/true);
  if (rows < x.size(2)) return torch::adaptive_avg_pool2d(x, size);
  return torch::upsample_bilinear2d(x, size, /*align_corners=*/false);
}

}  // namespace

LaNet::LaNet(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels)
    : LocationHead(options, channels, 0) {
  nn::ModuleList squeeze_list;
  for (const std::int64_t count : channels)
    squeeze_list->push_back(squeeze_.emplace_back(nn::Conv2dOptions(count, 1, 3).padding(1)));
  register_module("squeeze", squeeze_list);
  const auto levels = static_cast<std::int64_t>(channels.size());
  fusion_ = register_module("fusion", nn::Conv2d(nn::Conv2dOptions(levels, 1, 3).padding(1).bias(false)));
  norm_ = register_module("norm", nn::BatchNorm2d(1));
}

void LaNet::start_mask_at(double prior, double gain) {
  const torch::NoGradGuard no_gradient;
  norm_->weight.fill_(gain);
  norm_->bias.fill_(std::log(prior / (1 - prior)));
}

torch::Tensor LaNet::forward(const std::vector<torch::Tensor>& features) {
  const torch::Tensor& grid = features.at(static_cast<std::size_t>(options_.mask_level - 1));
  std::vector<torch::Tensor> merged;
  for (std::size_t level = 0; level < features.size(); ++level) {
    const torch::Tensor x = squeeze(squeeze_[level], attended(features, level));
    merged.push_back(resized(x, grid.size(2), grid.size(3), options_.fusion_resize));
  }
  return norm_->forward(fusion_->forward(torch::cat(merged, 1)));
}

}  // namespace lanet
