#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/child_process.hpp"

namespace lanet {

/// Runs `lanet ARGUMENTS`; output and errors together.
inline ChildResult lanet(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), LANET_PROGRAM);
  return run_child(arguments);
}

/// Whether this build holds what trains.
inline bool has_trainer() {
  return std::filesystem::exists(std::filesystem::path(LANET_PROGRAM).parent_path() / "lanet-train");
}

}  // namespace lanet
