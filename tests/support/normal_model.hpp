#pragma once

#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

/// A copy of a model of two classes with a third one, "normal", whose logit is `bias` for every image: at 20 every
/// image is normal, at -20 none, and all else is as before.
inline void write_model_with_normal(const std::filesystem::path& model, const std::filesystem::path& file, float bias,
                                    double lesion_threshold = 0.5) {
  const SafetensorsFile source = SafetensorsFile::open(model);
  ModelCard card = card_from_metadata(source.metadata(), source.place());
  card.classes.push_back("normal");
  card.lesion_threshold = lesion_threshold;
  card.quantization.clear();
  std::map<std::string, std::vector<std::byte>> changed;
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& tensor : source.tensors()) {
    std::vector<std::int64_t> shape = tensor.shape;
    const auto bytes = source.bytes(tensor);
    if (tensor.name == "classifier.weight" || tensor.name == "classifier.bias") {
      std::vector<std::byte>& longer = changed[tensor.name];
      longer.assign(bytes.begin(), bytes.end());
      longer.resize(bytes.size() / static_cast<std::size_t>(shape[0]++) * card.classes.size());
      if (tensor.name == "classifier.bias") std::memcpy(longer.data() + bytes.size(), &bias, sizeof bias);
      tensors.push_back({tensor.name, tensor.dtype, shape, longer});
    } else {
      tensors.push_back({tensor.name, tensor.dtype, shape, bytes});
    }
  }
  write_safetensors(file, std::move(tensors), to_metadata(card));
}

}  // namespace lanet
