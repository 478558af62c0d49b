#include "model/location_head.hpp"

#include "model/la_net.hpp"
#include "model/pyramid.hpp"
#include "model/unet.hpp"

namespace lanet {

LocationHead::LocationHead(const NetworkOptions& options, const std::array<std::int64_t, 4>& channels,
                           std::size_t lowest)
    : options_(options), lowest_(lowest) {
  torch::nn::ModuleList channel_list, spatial_list;
  for (std::size_t level = lowest; level < channels.size(); ++level) {
    if (options.channel_attention) channel_list->push_back(channel_attention_.emplace_back(channels[level]));
    if (options.spatial_attention && (options.sharing == "per_level" || spatial_attention_.empty()))
      spatial_list->push_back(spatial_attention_.emplace_back(options.spatial_form));
  }
  if (options.channel_attention) register_module("channel_attention", channel_list);
  if (options.spatial_attention) register_module("spatial_attention", spatial_list);
}

torch::Tensor LocationHead::attended(const std::vector<torch::Tensor>& features, std::size_t level) {
  torch::Tensor x = features.at(level);
  if (options_.channel_attention) x = channel_attention_[level - lowest_]->forward(x);
  if (options_.spatial_attention) x = spatial_attention_[(level - lowest_) % spatial_attention_.size()]->forward(x);
  return x;
}

std::shared_ptr<LocationHead> make_location_head(const NetworkOptions& options,
                                                 const std::array<std::int64_t, 4>& channels) {
  if (options.head == "la_net") return std::make_shared<LaNet>(options, channels);
  if (options.head == "pyramid") return std::make_shared<Pyramid>(options, channels);
  if (options.head == "unet") return std::make_shared<UNet>(options, channels);
  return nullptr;
}

}  // namespace lanet
