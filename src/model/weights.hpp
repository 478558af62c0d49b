#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/network.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

/// What was taken from a weight file and what was left.
struct LoadReport {
  std::vector<std::string> taken;    // names in the network
  std::vector<std::string> left;     // names in the file that nothing wanted (fc of ImageNet ...)
  std::vector<std::string> changed;  // taken after a change: "conv1.weight: 3 input channels folded to 1"
};

/// All parameters and buffers by name, in registration order.
std::vector<std::pair<std::string, torch::Tensor>> named_state(const torch::nn::Module& module);

/// Copies every tensor of the file into the module. Throws DataError listing all missing, extra and misshapen names unless
/// they agree exactly.
void load_state(torch::nn::Module& module, const SafetensorsFile& file);
/// Writes the state (float32, on the CPU) with its metadata; atomic and read back.
void save_state(const std::filesystem::path& path, const torch::nn::Module& module,
                const std::map<std::string, std::string>& metadata);

/// A whole model: network built from its card, weights loaded, in evaluation mode.
struct LoadedModel {
  ModelCard card;
  Network network{nullptr};
};
LoadedModel load_model(const std::filesystem::path& path);
void save_model(const std::filesystem::path& path, const Network& network, const ModelCard& card);

/// Loads ImageNet weights into the feature extractor: `weights` is "none", "imagenet" (models/BACKBONE_imagenet.safetensors of
/// the project) or a path to a .safetensors or torchvision .pth file. A 3-channel stem is folded where stem_channels is 1. Throws DataError where the file is
/// missing or does not fit, naming the remedy (`lanet weights import`).
LoadReport load_backbone_weights(Network& network, const std::string& weights);

/// `lanet weights import FILE`: reads a torchvision .pth or a safetensors file, recognizes the backbone by names and shapes, compares
/// them, writes `target` (BACKBONE_imagenet.safetensors). Returns what was taken and left.
LoadReport import_weights(const std::filesystem::path& file, const std::filesystem::path& target_folder);

}  // namespace lanet
