#include "train/run_record.hpp"

#include <cmath>

#include <torch/version.h>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace lanet {
namespace {

using nlohmann::ordered_json;

struct MetricColumn {
  const char* name;
  double (*value)(const EpochRow&);
};
constexpr MetricColumn kMetricColumns[] = {
    {"train_loss", [](const EpochRow& row) { return row.train.loss; }},
    {"train_class_loss", [](const EpochRow& row) { return row.train.class_loss; }},
    {"train_location_loss", [](const EpochRow& row) { return row.train.location_loss; }},
    {"train_pseudo_loss", [](const EpochRow& row) { return row.train.pseudo_loss; }},
    {"val_loss", [](const EpochRow& row) { return row.val.means.loss; }},
    {"val_class_loss", [](const EpochRow& row) { return row.val.means.class_loss; }},
    {"val_location_loss", [](const EpochRow& row) { return row.val.means.location_loss; }},
    {"val_accuracy", [](const EpochRow& row) { return row.val.accuracy; }},
    {"val_auc", [](const EpochRow& row) { return row.val.auc; }},
    {"val_jsi", [](const EpochRow& row) { return row.val.jsi; }},
    {"learning_rate", [](const EpochRow& row) { return row.learning_rate; }},
    {"seconds", [](const EpochRow& row) { return row.seconds; }},
    {"images_per_second", [](const EpochRow& row) { return row.images_per_second; }},
};

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

ordered_json stage_list(const std::vector<StageSummary>& stages) {
  ordered_json list = ordered_json::array();
  for (const StageSummary& stage : stages)
    list.push_back({{"stage", stage.stage},
                    {"epochs", stage.epochs},
                    {"best_epoch", stage.best_epoch},
                    {"best_val_loss", number(stage.best_val_loss)},
                    {"best_val_accuracy", number(stage.best_val_accuracy)},
                    {"data_wait_share", number(stage.data_wait_share)},
                    {"seconds", number(stage.seconds)}});
  return list;
}

}  // namespace

std::vector<std::string> metrics_columns() {
  std::vector<std::string> columns{"stage", "epoch"};
  for (const MetricColumn& column : kMetricColumns) columns.emplace_back(column.name);
  return columns;
}

std::vector<std::string> metrics_cells(const EpochRow& row) {
  std::vector<std::string> cells{std::to_string(row.stage), std::to_string(row.epoch)};
  for (const MetricColumn& column : kMetricColumns) {
    const double value = column.value(row);
    cells.push_back(std::isnan(value) ? "" : exact(value));
  }
  return cells;
}

std::string record_json(const RunRecord& record, const TrainOptions& options, const Compute& compute) {
  ordered_json subsets = ordered_json::array();
  for (const SubsetCount& subset : record.subsets)
    subsets.push_back({{"name", subset.name},
                       {"images", subset.images},
                       {"groups", subset.groups},
                       {"with_location", subset.labelled}});
  const ordered_json json{{"format", "lanet-run"},
                          {"version", 1},
                          {"name", options.name},
                          {"command", record.command},
                          {"lanet", kVersion},
                          {"torch", TORCH_VERSION},
                          {"seed", options.seed},
                          {"started", record.started},
                          {"finished", record.finished.empty() ? ordered_json(nullptr) : ordered_json(record.finished)},
                          {"device", compute.device_name},
                          {"precision", compute.precision()},
                          {"threads", compute.threads},
                          {"kernels", {{"setting", options.compute.kernels}, {"chosen", record.kernels}}},
                          {"data",
                           {{"manifest", record.manifest.string()},
                            {"split", record.split.string()},
                            {"fingerprint", record.fingerprint},
                            {"classes", record.classes},
                            {"positive", record.positive},
                            {"subsets", subsets}}},
                          {"weights", record.weights_report},
                          {"notes", record.notes},
                          {"stages", stage_list(record.stages)}};
  return json_text(json, 2) + "\n";
}

std::string stages_json(const std::vector<StageSummary>& stages) { return stage_list(stages).dump(); }

std::vector<StageSummary> stages_from_json(const std::string& json, const std::string& place) {
  const auto number_from = [](const ordered_json& value) {
    return value.is_null() ? std::nan("") : value.get<double>();
  };
  try {
    std::vector<StageSummary> stages;
    for (const auto& item : parse_json(json, place))
      stages.push_back({item.at("stage").get<std::int64_t>(), item.at("epochs").get<std::int64_t>(),
                        item.at("best_epoch").get<std::int64_t>(), number_from(item.at("best_val_loss")),
                        number_from(item.at("best_val_accuracy")), number_from(item.at("data_wait_share")),
                        number_from(item.at("seconds"))});
    return stages;
  } catch (const nlohmann::json::exception& error) {
    throw DataError({place, error.what(), "the list of finished stages", ""});
  }
}

}  // namespace lanet
