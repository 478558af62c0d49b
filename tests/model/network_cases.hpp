#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace lanet {

/// A network that every test of networks runs on.
struct NetworkCase {
  std::string name;
  NetworkOptions options;
  std::int64_t classes = 2;
};

inline std::ostream& operator<<(std::ostream& stream, const NetworkCase& network) { return stream << network.name; }

/// Every head and every ablation on the smallest and on the paper's backbone; two heads on the other backbones, for
/// heads know no backbone. ResNet-50 costs as much as all others together. A new network is a line here.
inline std::vector<NetworkCase> network_cases() {
  std::vector<NetworkCase> cases;
  const auto add = [&cases](const std::string& backbone, const std::string& name,
                            const std::function<void(NetworkOptions&)>& change = {}, std::int64_t classes = 2) {
    NetworkCase network;
    network.name = backbone + "_" + name;
    network.options.backbone = backbone;
    network.classes = classes;
    if (change) change(network.options);
    cases.push_back(network);
  };
  for (const std::string backbone : {"resnet18", "efficientnet_lite0"}) {
    add(backbone, "la_net");
    add(backbone, "vanilla", [](NetworkOptions& options) { options.head = "vanilla"; });
    add(backbone, "rmtl", [](NetworkOptions& options) { options.head = "rmtl"; });
    add(backbone, "pyramid", [](NetworkOptions& options) {
      options.head = "pyramid";
      options.mask_level = 1;
    });
    add(backbone, "unet", [](NetworkOptions& options) {
      options.head = "unet";
      options.mask_attention = false;
      options.mask_level = 1;
    });
    add(backbone, "backbone_scaling", [](NetworkOptions& options) { options.scaling = "backbone"; });
  }
  for (const std::string backbone : {"resnet18", "efficientnet_lite0"}) {
    add(backbone, "rmtl_bilinear", [](NetworkOptions& options) {
      options.head = "rmtl";
      options.rmtl_decoder = "bilinear";
    });
    add(backbone, "no_cam", [](NetworkOptions& options) { options.channel_attention = false; });
    add(backbone, "no_sam", [](NetworkOptions& options) { options.spatial_attention = false; });
    add(backbone, "no_mam", [](NetworkOptions& options) { options.mask_attention = false; });
    add(backbone, "grey_stem", [](NetworkOptions& options) { options.stem_channels = 1; });
  }
  const std::string lite = "efficientnet_lite0";
  add(lite, "no_attention", [](NetworkOptions& options) {
    options.channel_attention = options.spatial_attention = options.mask_attention = false;
  });
  add(lite, "conv3x3x3", [](NetworkOptions& options) { options.spatial_form = "conv3x3x3"; });
  add(lite, "shared_spatial", [](NetworkOptions& options) { options.sharing = "shared_spatial"; });
  add(lite, "shared_conv3x3x3", [](NetworkOptions& options) {
    options.sharing = "shared_spatial";
    options.spatial_form = "conv3x3x3";
  });
  for (const std::int64_t level : {1, 2, 3})
    for (const std::string resize : {"bilinear_corners", "area"})
      add(lite, "level" + std::to_string(level) + "_" + resize, [&](NetworkOptions& options) {
        options.mask_level = level;
        options.fusion_resize = resize;
      });
  for (const std::int64_t level : {2, 4})
    add(lite, "pyramid_level" + std::to_string(level), [&](NetworkOptions& options) {
      options.head = "pyramid";
      options.mask_level = level;
      options.pyramid_width = 24;
    });
  add(lite, "pyramid_without_attention", [](NetworkOptions& options) {
    options.head = "pyramid";
    options.mask_level = 3;
    options.channel_attention = options.spatial_attention = options.mask_attention = false;
  });
  add(lite, "area", [](NetworkOptions& options) { options.fusion_resize = "area"; });
  add(lite, "minus_one_one", [](NetworkOptions& options) { options.scaling = "minus_one_one"; });
  add(lite, "grey_stem_backbone_scaling", [](NetworkOptions& options) {
    options.stem_channels = 1;
    options.scaling = "backbone";
  });
  add(lite, "kaiming", [](NetworkOptions& options) { options.init = "kaiming"; });
  add(lite, "three_classes", {}, 3);
  add("resnet50", "la_net");
  add("resnet50", "rmtl", [](NetworkOptions& options) { options.head = "rmtl"; });
  add("efficientnet_lite1", "la_net");
  add("mobilenet_v2", "la_net");
  const std::string lite2 = "efficientnet_lite2";
  add(lite2, "la_net");
  add(lite2, "rmtl", [](NetworkOptions& options) { options.head = "rmtl"; });
  add(lite2, "pyramid", [](NetworkOptions& options) {
    options.head = "pyramid";
    options.mask_level = 1;
    options.stem_channels = 1;
    options.scaling = "backbone";
  });
  return cases;
}

/// Gives every parameter and statistic a value that no initialization would, so that none can be forgotten unnoticed.
inline void shake(torch::nn::Module& module, std::uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  torch::manual_seed(seed);
  for (auto& item : module.named_parameters())
    item.value().add_(torch::randn_like(item.value()) * (item.value().dim() > 1 ? 0.01 : 0.1));
  for (auto& item : module.named_buffers()) {
    if (!item.value().is_floating_point()) continue;
    const bool variance = item.key().ends_with("running_var");
    item.value().copy_(variance ? 0.5 + torch::rand_like(item.value()) : 0.1 * torch::randn_like(item.value()));
  }
}

}  // namespace lanet
