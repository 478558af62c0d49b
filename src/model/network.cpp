#include "model/network.hpp"

#include "model/mask_attention.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

void initialize_weight(torch::Tensor& weight, bool xavier) {
  if (xavier)
    nn::init::xavier_uniform_(weight);
  else
    nn::init::kaiming_normal_(weight, 0, torch::kFanOut, torch::kReLU);
}

/// Convolutions and linear layers as `init` says, biases 0; batch normalization starts at 1 and 0 by itself.
void initialize_layers(nn::Module& module, bool xavier) {
  const torch::NoGradGuard no_gradient;
  for (auto& item : module.named_parameters()) {
    torch::Tensor& parameter = item.value();
    if (parameter.dim() >= 2)
      initialize_weight(parameter, xavier);
    else if (item.key().ends_with("bias"))
      parameter.zero_();
  }
}

torch::Tensor per_channel(const std::array<double, 3>& values, const torch::Tensor& like) {
  const std::vector<double> all(values.begin(), values.end());
  return torch::tensor(all, like.options()).view({1, 3, 1, 1});
}

}  // namespace

NetworkImpl::NetworkImpl(const NetworkOptions& options, std::int64_t classes) : options_(options), classes_(classes) {
  options_.validate();
  TORCH_CHECK(classes >= 2, "a classifier needs two classes, got ", classes);
  fex_ = find_backbone(options_.backbone).make(options_.stem_channels);
  register_module("fex", fex_);
  const auto channels = fex_->channels();
  la_net_ = make_location_head(options_, channels);
  if (la_net_) register_module("la_net", la_net_);
  if (options_.head == "rmtl") rmtl_ = register_module("rmtl", RmtlDecoder(options_.rmtl_decoder, channels.back()));
  classifier_ = register_module("classifier", nn::Linear(channels.back(), classes));
  initialize();
}

void NetworkImpl::initialize() {
  const bool xavier = options_.init == "xavier";
  initialize_layers(*fex_, false);
  if (la_net_) {
    initialize_layers(*la_net_, xavier);
    la_net_->start_mask_at(options_.mask_prior, options_.mask_gain);
  }
  if (!rmtl_.is_empty()) initialize_layers(*rmtl_, xavier);
  initialize_layers(*classifier_, xavier);
  if (options_.norm_momentum > 0)
    for (const auto& module : modules(/*include_self=*/false))
      if (auto* norm = module->as<nn::BatchNorm2dImpl>()) norm->options.momentum(options_.norm_momentum);
}

torch::Tensor NetworkImpl::scaled(const torch::Tensor& images) const {
  // Expanded last: the stem sees that the channels are one.
  const auto expanded = [this](const torch::Tensor& x) { return x.expand({-1, options_.stem_channels, -1, -1}); };
  if (options_.scaling == "minus_one_one") return expanded(2 * images - 1);
  if (options_.scaling == "zero_one") return expanded(images);
  const InputScaling& scaling = find_input_scaling(options_.backbone);
  if (scaling.is_uniform()) return expanded((images - scaling.mean[0]) / scaling.deviation[0]);
  const torch::Tensor x = expanded(images);
  return (x - per_channel(scaling.mean, x)) / per_channel(scaling.deviation, x);
}

NetworkOutput NetworkImpl::forward(const torch::Tensor& images) {
  TORCH_CHECK(images.dim() == 4 && images.size(1) == 1, "images: ", images.sizes(), ", expected [B, 1, H, W]");
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  TORCH_CHECK(height > 0 && width > 0 && height % 32 == 0 && width % 32 == 0, "images: ", images.sizes(),
              ", expected H and W to be multiples of 32");
  NetworkOutput output;
  output.features = fex_->forward(scaled(images));
  torch::Tensor top = output.features.back();
  if (la_net_) {
    output.mask_logits = la_net_->forward(output.features);
    if (options_.mask_attention) top = mask_attention(top, output.mask_logits.sigmoid());
  } else if (!rmtl_.is_empty()) {
    output.mask_logits = rmtl_->forward(top, height, width);
  }
  output.class_logits = classifier_->forward(top.mean({2, 3}));
  return output;
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
