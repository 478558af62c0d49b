#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lanet {

/// Smallest and largest value that is told apart; what lies outside is cut off.
struct ValueRange {
  double low = 0;
  double high = 0;
};

/// What a model needs to run in 8-bit integers, and what that costs (the card's `quantization`, as JSON).
struct Quantization {
  std::vector<ValueRange> ranges;  // one a quantized value of the graph, in the order of computation
  std::int64_t images = 0;         // they were measured on
  double auc_loss = 0;             // AUC in fp32 less AUC in int8, on validation images
  double jsi_loss = 0;             // mean JSI likewise; 0 for a network without a mask
};

std::string to_json(const Quantization& quantization);
/// Throws DataError(place) for what is no such JSON, or a range that is empty or not finite.
Quantization quantization_from_json(const std::string& json, const std::string& place);

}  // namespace lanet
