#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "core/run_lock.hpp"
#include "train/adam.hpp"
#include "train/checkpoint.hpp"
#include "train/event_file.hpp"
#include "train/options.hpp"
#include "train/run_record.hpp"
#include "train/stage.hpp"
#include "train/training_data.hpp"
#include "train/weight_average.hpp"

namespace lanet {

/// Algorithm 1: stage 1 on images with a location label, then stage 2 on all. Leaves the run folder as docs/formats.md
/// says.
class Trainer {
 public:
  /// command: what the user typed, for the record. Locks the run folder. Without `resume` a folder that holds a run
  /// already is refused; with it the run goes on after its last finished epoch, with bit-identical results (same
  /// machine, same threads); which settings may differ then, check_resumable() says.
  Trainer(const TrainOptions& options, std::vector<std::string> command, bool resume, Progress& progress);

  /// Returns the path of the best model. Throws Interrupted after a stop request, with a checkpoint to resume from.
  std::filesystem::path run();

 private:
  Network make_fresh_network();
  void start_stage(std::int64_t number);
  void restore(NewestCheckpoint newest);
  void run_stage();
  void train_epoch(EpochRow& row);
  void validate_epoch(EpochRow& row);
  LossNumbers train_step(Batch& batch, const EpochRow& row, std::int64_t step);
  void keep_if_best(const EpochRow& row);
  void finish_epoch(const EpochRow& row);
  void finish_stage();
  /// From metrics.csv; NaN where it has none.
  double accuracy_of_epoch(std::int64_t epoch) const;
  /// For TensorBoard: the last row of the metrics; in a new process all of them, for what a resumed run had before.
  void write_events();
  /// Says once how the kernels were chosen, and keeps what was measured for the next process.
  void note_kernels();
  void save_checkpoint();
  [[noreturn]] void refuse_loss(const Batch& batch, const EpochRow& row, std::int64_t step);
  void save_record() const;
  ModelCard make_card(const EpochRow& row) const;
  [[noreturn]] void stop() const;
  std::uint64_t seed() const { return static_cast<std::uint64_t>(options_.seed); }

  TrainOptions options_;
  Progress& progress_;
  std::filesystem::path folder_;
  CheckpointFiles checkpoints_;
  EventFile events_;
  std::size_t events_written_ = 0;  // rows of metrics_
  std::optional<RunLock> lock_;
  Compute compute_;
  TrainingData data_;
  RunRecord record_;
  Network network_{nullptr};
  std::optional<Adam> adam_;
  std::optional<WeightAverage> average_;
  std::optional<Stage> stage_;
  Checkpoint state_;                               // of the stage at hand, without tensors
  std::vector<std::vector<std::string>> metrics_;  // rows of metrics.csv
  double train_seconds_ = 0;                       // of the stage at hand, in this process
  double wait_seconds_ = 0;
  bool kernels_noted_ = false;
  bool saved_ = true;  // the last finished epoch is in a checkpoint
  std::chrono::steady_clock::time_point saved_at_ = std::chrono::steady_clock::now();
};

}  // namespace lanet
