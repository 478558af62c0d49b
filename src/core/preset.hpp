#pragma once

#include <filesystem>
#include <string>

namespace lanet {

/// The file itself, or NAME.toml in a folder of home_folder(). Throws ConfigError naming the nearest one.
std::filesystem::path find_preset(const std::string& file_or_name, const std::filesystem::path& folder = "configs");

/// A model file, or NAME.safetensors in models/ of home_folder(start). Throws ConfigError naming the nearest one.
std::filesystem::path find_model(const std::string& file_or_name, const std::filesystem::path& start = {});

/// Where a command that changes a model writes: `out`, or without one the model's own file. Throws ConfigError where
/// that would be a bundled model, named and not given as a file: it stays as it is.
std::filesystem::path changed_model_file(const std::string& file_or_name, const std::string& out);

}  // namespace lanet
