#include "model/network.hpp"

#include <algorithm>
#include <cmath>

#include "network/network.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

void initialize_weight(torch::Tensor& weight, bool xavier) {
  if (xavier)
    nn::init::xavier_uniform_(weight);
  else
    nn::init::kaiming_normal_(weight, 0, torch::kFanOut, torch::kReLU);
}

std::vector<torch::Tensor> features_among(const std::vector<torch::Tensor>& values, const NetworkList& list) {
  std::vector<torch::Tensor> features;
  for (const ValueId feature : list.features) features.push_back(values[feature]);
  return features;
}

}  // namespace

NetworkImpl::NetworkImpl(const NetworkOptions& options, std::int64_t classes)
    : options_(options), classes_(classes), runner_(network_list(options, classes), *this) {
  initialize();
}

/// Convolutions and linear layers as `init` says (the feature extractor always as for ReLU), biases 0, the mask at its
/// prior; batch normalization starts at 1 and 0 by itself.
void NetworkImpl::initialize() {
  const torch::NoGradGuard no_gradient;
  const MaskStart& mask = runner_.list().mask_start;
  for (auto& item : named_parameters()) {
    torch::Tensor& parameter = item.value();
    const bool in_backbone = item.key().starts_with(std::string(kBackbonePart) + ".");
    if (parameter.dim() >= 2)
      initialize_weight(parameter, options_.init == "xavier" && !in_backbone);
    else if (item.key() == mask.shift)
      parameter.fill_(std::log(options_.mask_prior / (1 - options_.mask_prior)));
    else if (item.key() == mask.gain)
      parameter.fill_(options_.mask_gain);
    else if (item.key().ends_with("bias"))
      parameter.zero_();
  }
}

nn::Module& NetworkImpl::backbone() { return *named_children()[kBackbonePart]; }

NetworkOutput NetworkImpl::forward(const torch::Tensor& images) {
  TORCH_CHECK(images.dim() == 4 && images.size(1) == 1, "images: ", images.sizes(), ", expected [B, 1, H, W]");
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  TORCH_CHECK(height > 0 && width > 0 && height % 32 == 0 && width % 32 == 0, "images: ", images.sizes(),
              ", expected H and W to be multiples of 32");
  const NetworkList& list = runner_.list();
  const std::vector<torch::Tensor> values = runner_.run({{list.image, images}}, list.class_logits);
  NetworkOutput output;
  output.features = features_among(values, list);
  if (list.mask_logits) output.mask_logits = values[*list.mask_logits];
  output.class_logits = values[list.class_logits];
  return output;
}

std::vector<torch::Tensor> NetworkImpl::features_of(const torch::Tensor& stem_input) {
  const NetworkList& list = runner_.list();
  // The image itself is not needed then; what lies between is not computed.
  std::map<ValueId, torch::Tensor> given;
  for (ValueId value = list.image; value <= list.stem_input; ++value) given[value] = stem_input;
  return features_among(runner_.run(given, list.features.back()), list);
}

void use_channels_last(torch::nn::Module& module) {
  const torch::NoGradGuard no_gradient;
  for (torch::Tensor& parameter : module.parameters()) {
    if (parameter.dim() != 4) continue;
    // contiguous() would leave weights of one input channel or of 1 x 1 alone, and a network of such weights in the
    // slow layout.
    const auto options = parameter.options().memory_format(torch::MemoryFormat::ChannelsLast);
    parameter.set_data(torch::empty(parameter.sizes(), options).copy_(parameter));
  }
}

}  // namespace lanet
