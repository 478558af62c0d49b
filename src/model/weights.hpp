#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "model/network.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// All parameters and buffers by name, module by module in the order of registration.
NamedTensors named_state(const torch::nn::Module& module);

/// Copies every target's numbers from the source tensor of its name; others there are left. Throws DataError(place)
/// naming the first that is missing or misshapen.
void copy_tensors(const NamedTensors& targets, const NamedTensors& source, const std::string& place);

/// Raw bytes, row-major, as a tensor of its own. Throws DataError(place) for a dtype that LibTorch does not have.
torch::Tensor tensor_from_bytes(const TensorInfo& info, std::span<const std::byte> bytes, const std::string& place);
torch::Tensor tensor_from_file(const SafetensorsFile& file, const TensorInfo& info);
/// Writes tensors (any device and layout) with metadata; atomic and read back.
void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                  const std::map<std::string, std::string>& metadata, const std::filesystem::path& keep_old_as = {});

/// Copies every tensor of the file into the module. Throws DataError listing missing, extra and misshapen names unless
/// they agree exactly.
void load_state(torch::nn::Module& module, const SafetensorsFile& file);
/// The same with tensors at hand; `place` is for messages.
void load_state(torch::nn::Module& module, const NamedTensors& tensors, const std::string& place);
void save_state(const std::filesystem::path& path, const torch::nn::Module& module,
                const std::map<std::string, std::string>& metadata);

/// A whole model: network built from its card, weights loaded, in evaluation mode.
struct LoadedModel {
  ModelCard card;
  Network network{nullptr};
};
/// Throws SystemError or DataError naming what is wrong with the file.
LoadedModel load_model(const std::filesystem::path& path);
void save_model(const std::filesystem::path& path, const Network& network, const ModelCard& card);

}  // namespace lanet
