#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "infer/engine.hpp"
#include "modelfile/quantization.hpp"

namespace lanet {

struct OpenVinoOptions {
  std::string precision = "fp32";  // fp32, bf16, int8 (a quantized model), auto: bf16 where the processor has it
  std::int64_t threads = 0;        // images computed at the same time, one thread each (8 at most); 0: one per core
  std::filesystem::path cache;     // folder for compiled networks; empty: default_network_cache()

  /// Throws ConfigError naming the field.
  void validate() const;
};

/// A model file on the processor by OpenVINO, without LibTorch. What it says of an image is the same to the last bit
/// whatever other images are given with it, and for every number of threads. The network is compiled once for a file,
/// a precision and a number of threads and kept in the cache; a cache that cannot be written or read is done without.
/// Throws SystemError or DataError naming what is wrong with the file.
std::unique_ptr<Engine> make_openvino_engine(const std::filesystem::path& model, const OpenVinoOptions& options);

/// $LANET_CACHE, else $XDG_CACHE_HOME/lanet, else ~/.cache/lanet; empty where none of these is set: no cache.
std::filesystem::path default_network_cache();

/// Ranges of the values that flow into a model's convolutions, for its 8-bit form: per value the least and the greatest
/// after leaving out one in ten thousand at each end. images: network inputs (grey, side x side). Throws DataError for
/// no image.
std::vector<ValueRange> measure_ranges(const std::filesystem::path& model, std::span<const Image> images);

}  // namespace lanet
