#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lanet {

inline constexpr int kModelFormatVersion = 1;

/// What a model file says of itself (safetensors metadata, docs/formats.md). Everything that is needed to use it
/// without its run.
struct ModelCard {
  std::string architecture;          // NetworkOptions as TOML
  std::vector<std::string> classes;  // in the order of the outputs
  std::string positive_class;
  std::int64_t input_size = 0;     // side of the square input
  std::string precision = "fp32";  // that it was validated in
  double threshold = 0.5;          // of the positive class, K = 2, or K = 3 with a normal class (among the lesions)
  double lesion_threshold = 0.5;   // of 1 - p(normal): a lesion at and above it; without a normal class of no use
  double mask_threshold = 0.5;
  double temperature = 1.0;  // calibration: logits are divided by it
  std::string fingerprint;   // of the training data
  std::string metrics;       // JSON, on the validation part
  std::string quantization;  // Quantization as JSON; empty: the model cannot run in int8
  std::string licence;
  std::string notes;
  std::string created_by;  // "lanet 0.1.0"

  /// Throws DataError(place) naming the field that is missing or out of range.
  void validate(const std::string& place) const;
};

/// lesion_threshold is left out where it is 0.5.
std::map<std::string, std::string> to_metadata(const ModelCard& card);
/// Inverse. Throws DataError for a missing field, a newer format version, or a file that is no lanet model.
ModelCard card_from_metadata(const std::map<std::string, std::string>& metadata, const std::string& place);

}  // namespace lanet
