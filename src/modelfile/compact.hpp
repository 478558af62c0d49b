#pragma once

#include <filesystem>

#include "modelfile/model_card.hpp"

namespace lanet {

/// Writes a copy of a model file whose weights are in half precision: half the size, the same network (all readers take
/// both). Batch statistics stay in single precision. Throws DataError for a file that is no lanet model, or a weight
/// past what half precision holds.
void write_compact_model(const std::filesystem::path& model, const std::filesystem::path& compact);

/// Writes a copy of a model file with another card. Throws DataError for a file that is no lanet model or a card that
/// The card of a model file. Throws SystemError, DataError.
ModelCard read_card(const std::filesystem::path& model);
/// is not valid.
void write_with_card(const std::filesystem::path& model, const ModelCard& card, const std::filesystem::path& out);

}  // namespace lanet
