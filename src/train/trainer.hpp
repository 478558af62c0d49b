#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "core/run_lock.hpp"
#include "dataset/manifest.hpp"
#include "dataset/split.hpp"
#include "train/adam.hpp"
#include "train/checkpoint.hpp"
#include "train/compute.hpp"
#include "train/options.hpp"
#include "train/run_record.hpp"
#include "train/stage.hpp"

namespace lanet {

/// The images of a run, decoded, and how they were divided.
struct TrainingData {
  Manifest manifest;
  std::filesystem::path split_path;
  Split split;                      // with a val subset
  std::vector<std::string> classes;
  std::string positive;
  std::int64_t positive_index = 0;
  std::vector<CachedSample> train;
  std::vector<CachedSample> val;
  std::string fingerprint;
};

/// Reads manifest and split, takes a val part from train where there is none, strikes out location labels, decodes. Throws DataError
/// where a class or every location label is missing from the training part.
TrainingData load_training_data(const TrainOptions& options, std::int64_t threads, Progress& progress);

/// Algorithm 1: stage 1 on images with a location label, then stage 2 on all. Leaves the run folder as docs/formats.md says.
class Trainer {
 public:
  /// command: what the user typed, for the record. Locks the run folder. Without `resume` a folder that holds a run already is refused; with it the
  /// run goes on after its last finished epoch, with bit-identical results (same machine, same threads).
  Trainer(const TrainOptions& options, std::vector<std::string> command, bool resume, Progress& progress);

  /// Returns the path of the best model. Throws Interrupted after a stop request, with a checkpoint to resume from.
  std::filesystem::path run();

 private:
  void start_stage(std::int64_t stage);
  void restore(Checkpoint checkpoint);
  void run_stage();
  PassMeans train_epoch(std::int64_t epoch, EpochRow& row);
  void keep_if_best(const EpochRow& row);
  void finish_epoch(const EpochRow& row);
  void finish_stage();
  void save_checkpoint();
  void save_best();
  void save_record();
  Network make_fresh_network();
  ModelCard make_card() const;

  TrainOptions options_;
  std::vector<std::string> command_;
  Progress& progress_;
  std::filesystem::path folder_;
  std::optional<RunLock> lock_;
  Compute compute_;
  TrainingData data_;
  RunRecord record_;
  Network network_{nullptr};
  std::optional<Adam> adam_;
  std::optional<Stage> stage_;
  Checkpoint state_;                              // of the stage at hand, without tensors
  std::vector<std::vector<std::string>> metrics_;  // rows of metrics.csv
  double train_seconds_ = 0;                      // of the stage at hand, in this process
  double wait_seconds_ = 0;
};

}  // namespace lanet
