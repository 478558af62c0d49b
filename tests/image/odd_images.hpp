#pragma once

#include <filesystem>
#include <string>

namespace lanet {

/// A file of tools/make_odd_images.py.
inline std::filesystem::path odd(const std::string& name) {
  return std::filesystem::path(LANET_SOURCE_DIR) / "tests/image/data" / name;
}

}  // namespace lanet
