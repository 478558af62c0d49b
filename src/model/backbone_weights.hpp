#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace lanet {

/// What was taken from a weight file and what was left.
struct LoadReport {
  std::vector<std::string> taken;    // names in the feature extractor
  std::vector<std::string> left;     // names in the file that nothing wanted (the ImageNet head ...)
  std::vector<std::string> changed;  // taken after a change: "conv1.weight: 3 input channels folded to 1"
};

/// Loads ImageNet weights into the feature extractor: `weights` is "none", "imagenet"
/// (models/BACKBONE_imagenet.safetensors of the project) or a path to a .safetensors or .pth file. A
/// 3-channel stem is summed to one channel where stem_channels is 1. Throws DataError where the file is missing or does
/// not fit, naming the remedy (`lanet weights import`).
LoadReport load_backbone_weights(Network& network, const std::string& weights);

/// What `lanet weights import FILE` did.
struct ImportedWeights {
  std::string backbone;
  std::filesystem::path file;  // that was written
  LoadReport report;
};
/// Reads a .pth or a safetensors file, recognizes the backbone by names and shapes and writes
/// target_folder/BACKBONE_imagenet.safetensors with the feature extractor's tensors. Throws DataError saying for the
/// nearest backbone what does not agree, InTheWay for a file of that name that lanet did not write there.
ImportedWeights import_weights(const std::filesystem::path& file, const std::filesystem::path& target_folder,
                               bool overwrite = false);

}  // namespace lanet
