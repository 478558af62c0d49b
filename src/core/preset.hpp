#pragma once

#include <filesystem>
#include <string>

namespace lanet {

/// The file itself, or NAME.toml in a folder of home_folder(). Throws ConfigError naming the nearest one.
std::filesystem::path find_preset(const std::string& file_or_name, const std::filesystem::path& folder = "configs");

/// A model file, or NAME.safetensors in models/ of home_folder(start). Throws ConfigError naming the nearest one.
std::filesystem::path find_model(const std::string& file_or_name, const std::filesystem::path& start = {});

}  // namespace lanet
