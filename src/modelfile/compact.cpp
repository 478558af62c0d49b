#include "modelfile/compact.hpp"

#include <cstring>
#include <list>
#include <vector>

#include "core/error.hpp"
#include "modelfile/half.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

void write_compact_model(const std::filesystem::path& model, const std::filesystem::path& compact) {
  const SafetensorsFile file = SafetensorsFile::open(model);
  const ModelCard card = card_from_metadata(file.metadata(), file.place());
  std::list<std::vector<std::uint16_t>> halves;
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& info : file.tensors()) {
    const auto bytes = file.bytes(info);
    // Small vectors (biases, batch statistics) cost nothing, and a variance can be far below half precision's range.
    if (info.dtype != "F32" || info.shape.size() < 2) {
      tensors.push_back({info.name, info.dtype, info.shape, bytes});
      continue;
    }
    std::vector<std::uint16_t>& half = halves.emplace_back(bytes.size() / sizeof(float));
    for (std::size_t index = 0; index < half.size(); ++index) {
      float value;
      std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
      half[index] = float_to_half(value);
      if (!std::isfinite(half_to_float(half[index])))
        throw DataError({file.place(), info.name + " with a weight of " + std::to_string(value),
                         "at most 65504 in half precision", ""});
    }
    tensors.push_back({info.name, "F16", info.shape, std::as_bytes(std::span(half))});
  }
  write_safetensors(compact, std::move(tensors), to_metadata(card));
}

ModelCard read_card(const std::filesystem::path& model) {
  const SafetensorsFile file = SafetensorsFile::open(model);
  return card_from_metadata(file.metadata(), file.place());
}

void write_with_card(const std::filesystem::path& model, const ModelCard& card, const std::filesystem::path& out) {
  const SafetensorsFile file = SafetensorsFile::open(model);
  card_from_metadata(file.metadata(), file.place());
  card.validate(out.string());
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& info : file.tensors())
    tensors.push_back({info.name, info.dtype, info.shape, file.bytes(info)});
  write_safetensors(out, std::move(tensors), to_metadata(card));
}

}  // namespace lanet
