#include "modelfile/model_card.hpp"

#include <algorithm>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr const char* kModelFormat = "lanet-model";
constexpr const char* kLesionThreshold = "lesion_threshold";

const std::string& require(const std::map<std::string, std::string>& metadata, const std::string& key,
                           const std::string& place) {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw DataError({place, "no '" + key + "' in the model's metadata", "a model written by lanet train", ""});
  return found->second;
}

std::string optional_text(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

std::vector<std::string> class_list(const std::string& json, const std::string& place) {
  try {
    return parse_json(json, place).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw DataError({place, "classes " + json.substr(0, 60), "a JSON list of names", ""});
  }
}

}  // namespace

void ModelCard::validate(const std::string& place) const {
  const auto refuse = [&place](const std::string& got, const std::string& expected) {
    throw DataError({place, got, expected, ""});
  };
  if (architecture.empty()) refuse("an empty architecture", "network settings");
  if (classes.size() < 2) refuse(std::to_string(classes.size()) + " classes", "at least 2");
  if (std::find(classes.begin(), classes.end(), positive_class) == classes.end())
    refuse("positive class '" + positive_class + "'", "one of " + join_text(classes, ", "));
  if (input_size < 32 || input_size > 4096 || input_size % 32 != 0)
    refuse("input size " + std::to_string(input_size), "a multiple of 32 from 32 to 4096");
  if (!(threshold >= 0 && threshold <= 1)) refuse("threshold " + exact(threshold), "0..1");
  if (!(lesion_threshold >= 0 && lesion_threshold <= 1)) refuse("lesion threshold " + exact(lesion_threshold), "0..1");
  if (!(mask_threshold > 0 && mask_threshold < 1)) refuse("mask threshold " + exact(mask_threshold), "between 0 and 1");
  if (!(temperature > 0 && temperature < 1000)) refuse("temperature " + exact(temperature), "above 0");
}

std::map<std::string, std::string> to_metadata(const ModelCard& card) {
  std::map<std::string, std::string> metadata{{"format", kModelFormat},
                                              {"version", std::to_string(kModelFormatVersion)},
                                              {"architecture", card.architecture},
                                              {"classes", nlohmann::json(card.classes).dump()},
                                              {"positive_class", card.positive_class},
                                              {"input_size", std::to_string(card.input_size)},
                                              {"precision", card.precision},
                                              {"threshold", exact(card.threshold)},
                                              {"mask_threshold", exact(card.mask_threshold)},
                                              {"temperature", exact(card.temperature)},
                                              {"fingerprint", card.fingerprint},
                                              {"metrics", card.metrics},
                                              {"quantization", card.quantization},
                                              {"licence", card.licence},
                                              {"notes", card.notes},
                                              {"created_by", card.created_by}};
  // Files of models that have no use for it stay as older versions of lanet wrote them.
  if (card.lesion_threshold != ModelCard{}.lesion_threshold) metadata[kLesionThreshold] = exact(card.lesion_threshold);
  return metadata;
}

ModelCard card_from_metadata(const std::map<std::string, std::string>& metadata, const std::string& place) {
  if (optional_text(metadata, "format") != kModelFormat)
    throw DataError({place, "a safetensors file that is no lanet model", "a model written by lanet train",
                     "weights of a feature extractor are given by `weights = \"" + place + "\"` in a training"});
  const std::int64_t version = parse_integer(require(metadata, "version", place), place, "version");
  if (version < 1 || version > kModelFormatVersion)
    throw DataError({place, "model format version " + std::to_string(version), std::to_string(kModelFormatVersion),
                     "use a newer lanet"});
  const auto number = [&](const char* key) { return parse_number(require(metadata, key, place), place, key); };
  ModelCard card;
  card.architecture = require(metadata, "architecture", place);
  card.classes = class_list(require(metadata, "classes", place), place);
  card.positive_class = require(metadata, "positive_class", place);
  card.input_size = parse_integer(require(metadata, "input_size", place), place, "input_size");
  card.precision = require(metadata, "precision", place);
  card.threshold = number("threshold");
  if (metadata.contains(kLesionThreshold)) card.lesion_threshold = number(kLesionThreshold);
  card.mask_threshold = number("mask_threshold");
  card.temperature = number("temperature");
  card.fingerprint = optional_text(metadata, "fingerprint");
  card.metrics = optional_text(metadata, "metrics");
  card.quantization = optional_text(metadata, "quantization");
  card.licence = optional_text(metadata, "licence");
  card.notes = optional_text(metadata, "notes");
  card.created_by = optional_text(metadata, "created_by");
  card.validate(place);
  return card;
}

}  // namespace lanet
