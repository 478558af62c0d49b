#include "network/network_options.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "network/backbone.hpp"
#include "network/location_head.hpp"

namespace lanet {

void NetworkOptions::visit(FieldVisitor& visitor) {
  visitor.field("backbone", backbone, "feature extractor: " + join_text(backbone_names(), ", "));
  visitor.field(
      "head", head,
      "la_net, pyramid (LA-Net with a top-down pyramid in place of one channel per level), vanilla (class only), "
      "rmtl (baseline with a decoder), unet (baseline for location alone: set stage2.class_weight = 0)");
  visitor.field("channel_attention", channel_attention, "CAM of LA-Net; false: ablation");
  visitor.field("spatial_attention", spatial_attention, "SAM of LA-Net; false: ablation");
  visitor.field("mask_attention", mask_attention, "MAM (Eq. 3); false: the classifier reads f_4 as it is");
  visitor.field("spatial_form", spatial_form,
                "SAM: conv7 (paper) or conv3x3x3 (three 3x3 convolutions, authors' code)");
  visitor.field("sharing", sharing, "SAM: per_level, or shared_spatial (one for all levels)");
  visitor.field("mask_level", mask_level, "grid of the mask: 4 is input / 32 (paper), 3 / 16, 2 / 8, 1 / 4");
  visitor.field("fusion_resize", fusion_resize,
                "levels to the grid: bilinear_corners (paper), area (average when shrinking, bilinear when growing)");
  visitor.field("pyramid_width", pyramid_width, "channels of the decoder, 8..512; head = pyramid or unet");
  visitor.field("rmtl_decoder", rmtl_decoder, "deconvolution (paper) or bilinear (authors' code); head = rmtl only");
  visitor.field("init", init, "weights of the heads: xavier (paper) or kaiming (authors' code)");
  visitor.field(
      "mask_prior", mask_prior,
      "LA-Net's mask starts at this probability, 0.001..0.999; 0.5 (paper). The last batch normalization forces mean "
      "and spread of the logits, and Adam moves its two numbers slowly: the lesions' true share saves epochs");
  visitor.field("mask_gain", mask_gain, "and with this spread of the logits, 0.1..10; 1 (paper); head = la_net only");
  visitor.field(
      "norm_momentum", norm_momentum,
      "weight of a new batch in all batch normalizations' running statistics, 0..1; 0: every layer's own (paper). "
      "EfficientNet-Lite's own 0.01 forgets ImageNet only after hundreds of steps");
  visitor.field(
      "scaling", scaling,
      "grey values: zero_one (paper), backbone (what its ImageNet weights expect), minus_one_one (authors' code)");
  visitor.field(
      "stem_channels", stem_channels,
      "3: the grey image three times, as ImageNet weights expect; 1: their sum folded to one channel, with equal "
      "output and less work (where scaling has one mean and deviation for all channels)");
}

void NetworkOptions::validate() const {
  const InputScaling& input_scaling = find_backbone(backbone).scaling;
  std::vector<std::string> heads{"vanilla"};
  for (const LocationHead& known : location_heads()) heads.emplace_back(known.name);
  require_one_of("network.head", head, heads);
  require_one_of("network.spatial_form", spatial_form, {"conv7", "conv3x3x3"});
  require_one_of("network.sharing", sharing, {"per_level", "shared_spatial"});
  require_range("network.mask_level", static_cast<double>(mask_level), 1, 4);
  require_one_of("network.fusion_resize", fusion_resize, {"bilinear_corners", "area"});
  require_range("network.pyramid_width", static_cast<double>(pyramid_width), 8, 512);
  require_one_of("network.rmtl_decoder", rmtl_decoder, {"deconvolution", "bilinear"});
  require_one_of("network.init", init, {"xavier", "kaiming"});
  require_range("network.mask_prior", mask_prior, 0.001, 0.999);
  require_range("network.mask_gain", mask_gain, 0.1, 10);
  require_range("network.norm_momentum", norm_momentum, 0, 1);
  require_one_of("network.scaling", scaling, {"zero_one", "backbone", "minus_one_one"});
  if (stem_channels != 1 && stem_channels != 3)
    throw ConfigError({"network.stem_channels", std::to_string(stem_channels), "1 or 3", ""});
  if (stem_channels == 1 && scaling == "backbone" && !input_scaling.is_uniform())
    throw ConfigError({"network.stem_channels", "1 with scaling = \"backbone\" of " + backbone, "3",
                       "its channels have different means, so one grey channel cannot stand for them: set "
                       "network.stem_channels=3 or network.scaling=zero_one"});
}

std::int64_t mask_grid_size(const NetworkOptions& options, std::int64_t input_size) {
  if (options.head == "vanilla") return 0;
  return options.head == "rmtl" ? input_size : input_size >> (options.mask_level + 1);
}

}  // namespace lanet
