#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "infer/engine.hpp"

namespace lanet {

struct TorchEngineOptions {
  std::string device = "auto";
  std::string precision = "fp32";  // fp32, bf16, auto
  std::int64_t threads = 0;        // 0: one per core
};

/// A model file on LibTorch. Throws SystemError or DataError naming what is wrong with the file, ConfigError for the
/// options.
std::unique_ptr<Engine> make_torch_engine(const std::filesystem::path& model, const TorchEngineOptions& options);

}  // namespace lanet
