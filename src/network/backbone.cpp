#include "network/backbone.hpp"

#include <stdexcept>

#include "core/settings.hpp"
#include "network/efficientnet_lite.hpp"
#include "network/mobilenet_v2.hpp"
#include "network/resnet.hpp"

namespace lanet {
namespace {

constexpr InputScaling kTorchvision{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
constexpr InputScaling kTensorflow{{127.0 / 255, 127.0 / 255, 127.0 / 255}, {128.0 / 255, 128.0 / 255, 128.0 / 255}};

}  // namespace

const std::vector<Backbone>& backbones() {
  static const std::vector<Backbone> list{
      {"resnet18", "ResNet-18", kTorchvision, "conv1",
       [](NetworkBuilder& builder, ValueId image) { return resnet(builder, image, kResnet18); }},
      {"resnet50", "ResNet-50", kTorchvision, "conv1",
       [](NetworkBuilder& builder, ValueId image) { return resnet(builder, image, kResnet50); }},
      {"efficientnet_lite0", "EfficientNet-Lite0", kTensorflow, "_conv_stem",
       [](NetworkBuilder& builder, ValueId image) {
         return efficientnet_lite(builder, image, {1.0, 1.0});
       }},
      {"efficientnet_lite1", "EfficientNet-Lite1", kTensorflow, "_conv_stem",
       [](NetworkBuilder& builder, ValueId image) {
         return efficientnet_lite(builder, image, {1.0, 1.1});
       }},
      {"efficientnet_lite2", "EfficientNet-Lite2", kTensorflow, "_conv_stem",
       [](NetworkBuilder& builder, ValueId image) {
         return efficientnet_lite(builder, image, {1.1, 1.2});
       }},
      {"mobilenet_v2", "MobileNetV2", kTorchvision, "features.0.0", mobilenet_v2},
  };
  return list;
}

bool InputScaling::is_uniform() const {
  return mean[0] == mean[1] && mean[1] == mean[2] && deviation[0] == deviation[1] && deviation[1] == deviation[2];
}

std::vector<std::string> backbone_names() {
  std::vector<std::string> names;
  for (const Backbone& backbone : backbones()) names.emplace_back(backbone.name);
  return names;
}

const Backbone& find_backbone(const std::string& name) {
  require_one_of("network.backbone", name, backbone_names());
  for (const Backbone& backbone : backbones())
    if (backbone.name == name) return backbone;
  throw std::logic_error("unreachable");
}

std::vector<LayerTensor> backbone_tensors(const Backbone& backbone, std::int64_t channels) {
  std::vector<LayerTensor> tensors;
  for (const Layer& layer : backbone_list(backbone, channels).layers)
    for (LayerTensor& tensor : tensors_of(layer)) tensors.push_back(std::move(tensor));
  return tensors;
}

NetworkList backbone_list(const Backbone& backbone, std::int64_t channels) {
  NetworkBuilder builder;
  const ValueId image = builder.input(channels);
  const Features features = backbone.build(builder, image);
  NetworkList list = std::move(builder.list());
  list.image = list.stem_input = image;
  list.features.assign(features.begin(), features.end());
  return list;
}

}  // namespace lanet
