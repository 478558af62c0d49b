#include "train/run_record.hpp"

#include <algorithm>
#include <cmath>

#include <torch/version.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace lanet {
namespace {

using nlohmann::ordered_json;

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

SubsetCount count_subset(const std::string& name, const std::vector<CachedSample>& samples, std::int64_t groups) {
  const auto labelled = std::count_if(samples.begin(), samples.end(),
                                      [](const CachedSample& sample) { return sample.location != Location::kNone; });
  return {name, static_cast<std::int64_t>(samples.size()), groups, labelled};
}

}  // namespace

std::string summary_text(const StageSummary& summary) {
  return "stage " + std::to_string(summary.stage) + ": best epoch " + std::to_string(summary.best_epoch) + " of " +
         std::to_string(summary.epochs) + ", waited for data " + fixed(100 * summary.data_wait_share, 1) +
         " % of the time";
}

std::string kernels_text(const KernelChoice::Count& count) {
  return "kernels: " + std::to_string(count.own) + " steps by lanet's own, " + std::to_string(count.library) +
         " by LibTorch's; " + std::to_string(count.measured) + " of them measured now";
}

std::vector<std::string> lines_of(const std::string& text) {
  return text.empty() ? std::vector<std::string>() : split_text(trim(text), '\n');
}

RunRecord begin_record(std::vector<std::string> command, const TrainingData& data) {
  RunRecord record;
  record.command = std::move(command);
  record.manifest = data.manifest_file;
  record.split = data.split_file;
  record.fingerprint = data.fingerprint;
  record.classes = data.classes;
  record.positive = data.positive;
  record.started = utc_now();
  record.subsets = {count_subset("train", data.train.samples(), data.train_groups),
                    count_subset("val", data.val.samples(), data.val_groups)};
  return record;
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
