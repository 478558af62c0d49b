#include "train/run_card.hpp"

#include <nlohmann/json.hpp>

#include "core/version.hpp"

namespace lanet {

ModelCard card_of_run(const TrainOptions& options, const TrainingData& data, const Compute& compute,
                      const EpochRow& row) {
  NetworkOptions network = options.network;
  ModelCard card;
  card.architecture = to_commented_toml(fields_of(network));
  card.classes = data.classes;
  card.positive_class = data.positive;
  card.input_size = options.input_size;
  card.precision = compute.precision();
  card.fingerprint = data.fingerprint;
  card.metrics = nlohmann::json{
      {"validation_accuracy", row.val.accuracy},
      {"validation_auc", row.val.auc},
      {"validation_jsi", row.val.jsi},
      {"validation_images", data.val.size()},
      {"epoch",
       row.epoch}}.dump();
  card.created_by = std::string("lanet ") + kVersion;
  card.notes = "run " + options.name + ", seed " + std::to_string(options.seed);
  return card;
}

}  // namespace lanet
