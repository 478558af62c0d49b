#include "core/settings.hpp"
#include "model/backbone.hpp"
#include "model/efficientnet_lite.hpp"
#include "model/resnet.hpp"

namespace lanet {
const std::vector<BackboneEntry>& backbones() {
  static const std::vector<BackboneEntry> list{
      {"resnet18", make_resnet18, "conv1.weight"},
      {"resnet50", make_resnet50, "conv1.weight"},
      {"efficientnet_lite0", make_efficientnet_lite0, "_conv_stem.weight"},
      {"efficientnet_lite1", make_efficientnet_lite1, "_conv_stem.weight"},
      {"efficientnet_lite2", make_efficientnet_lite2, "_conv_stem.weight"},
  };
  return list;
}

const BackboneEntry& find_backbone(const std::string& name) {
  require_one_of("network.backbone", name, backbone_names());
  for (const BackboneEntry& entry : backbones())
    if (entry.name == name) return entry;
  throw std::logic_error("unreachable");
}

}  // namespace lanet
