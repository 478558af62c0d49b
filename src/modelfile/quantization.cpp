#include "modelfile/quantization.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/json.hpp"

namespace lanet {

std::string to_json(const Quantization& quantization) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const ValueRange& range : quantization.ranges) ranges.push_back({range.low, range.high});
  return nlohmann::ordered_json{{"images", quantization.images},
                                {"auc_loss", quantization.auc_loss},
                                {"jsi_loss", quantization.jsi_loss},
                                {"ranges", ranges}}
      .dump();
}

Quantization quantization_from_json(const std::string& json, const std::string& place) {
  const std::string where = place + ": quantization";
  const auto object = parse_json(json, where);
  Quantization quantization;
  try {
    quantization.images = object.at("images").get<std::int64_t>();
    quantization.auc_loss = object.at("auc_loss").get<double>();
    quantization.jsi_loss = object.at("jsi_loss").get<double>();
    for (const auto& range : object.at("ranges"))
      quantization.ranges.push_back({range.at(0).get<double>(), range.at(1).get<double>()});
  } catch (const nlohmann::json::exception& error) {
    throw DataError({where, error.what(), "images, auc_loss, jsi_loss and ranges", "run `lanet quantize` anew"});
  }
  for (const ValueRange& range : quantization.ranges)
    if (!std::isfinite(range.low) || !std::isfinite(range.high) || !(range.low < range.high))
      throw DataError({where, "a range from " + std::to_string(range.low) + " to " + std::to_string(range.high),
                       "low < high", "run `lanet quantize` anew"});
  return quantization;
}

}  // namespace lanet
