#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/compute.hpp"
#include "kernel/kernel_choice.hpp"
#include "train/options.hpp"
#include "train/training_data.hpp"

namespace lanet {

/// What a finished stage leaves in record.json.
struct StageSummary {
  std::int64_t stage = 1;
  std::int64_t epochs = 0;
  std::int64_t best_epoch = 0;
  double best_val_loss = 0;
  double best_val_accuracy = 0;  // NaN for stage 1
  double data_wait_share = 0;    // of the training time spent waiting for batches
  double seconds = 0;
};

/// "stage 1: best epoch 7 of 10, waited for data 0.1 % of the time".
std::string summary_text(const StageSummary& summary);

/// "kernels: 36 steps by lanet's own, 2 by LibTorch's; 38 of them measured now".
std::string kernels_text(const KernelChoice::Count& count);

/// A subset's size.
struct SubsetCount {
  std::string name;
  std::int64_t images = 0;
  std::int64_t groups = 0;
  std::int64_t labelled = 0;  // with a location label
};

/// record.json of a run: how it came about.
struct RunRecord {
  std::vector<std::string> command;
  std::filesystem::path manifest;
  std::filesystem::path split;
  std::string fingerprint;
  std::vector<SubsetCount> subsets;
  std::vector<std::string> classes;
  std::string positive;
  std::string started;   // UTC, ISO 8601
  std::string finished;  // "" while it runs
  std::vector<StageSummary> stages;
  std::vector<std::string> weights_report;
  std::vector<std::string> notes;    // settings that were changed when the run went on
  std::vector<std::string> kernels;  // "own STEP" or "library STEP" where compute.kernels is auto
};

/// The lines of a text, as the record lists them: none of an empty one.
std::vector<std::string> lines_of(const std::string& text);

/// The record of a run that begins now on these data.
RunRecord begin_record(std::vector<std::string> command, const TrainingData& data);

std::string record_json(const RunRecord& record, const TrainOptions& options, const Compute& compute);

/// The stages alone, as a JSON array, and back (checkpoints keep them). Throws DataError.
std::string stages_json(const std::vector<StageSummary>& stages);
std::vector<StageSummary> stages_from_json(const std::string& json, const std::string& place);

}  // namespace lanet
