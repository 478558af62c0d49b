#include "core/settings.hpp"
#include "model/backbone.hpp"
#include "model/efficientnet_lite.hpp"
#include "model/resnet.hpp"

namespace lanet {
namespace {

constexpr InputScaling kTorchvision{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
constexpr InputScaling kEfficientNetLite{{127.0 / 255, 127.0 / 255, 127.0 / 255},
                                         {128.0 / 255, 128.0 / 255, 128.0 / 255}};

}  // namespace

bool InputScaling::is_uniform() const {
  return mean[0] == mean[1] && mean[1] == mean[2] && deviation[0] == deviation[1] && deviation[1] == deviation[2];
}

const std::vector<BackboneEntry>& backbones() {
  static const std::vector<BackboneEntry> list{
      {"resnet18", make_resnet18, kTorchvision, "conv1.weight"},
      {"resnet50", make_resnet50, kTorchvision, "conv1.weight"},
      {"efficientnet_lite0", make_efficientnet_lite0, kEfficientNetLite, "_conv_stem.weight"},
  };
  return list;
}

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const BackboneEntry& entry : backbones()) names.push_back(entry.name);
  return names;
}

const BackboneEntry& find_backbone(const std::string& name) {
  require_one_of("network.backbone", name, backbone_names());
  for (const BackboneEntry& entry : backbones())
    if (entry.name == name) return entry;
  throw std::logic_error("unreachable");
}

}  // namespace lanet
