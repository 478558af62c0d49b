#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "core/run_lock.hpp"
#include "train/checkpoint.hpp"
#include "train/metrics_log.hpp"
#include "train/options.hpp"
#include "train/run_record.hpp"
#include "train/stage.hpp"
#include "train/staged_objective.hpp"
#include "train/training_data.hpp"

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
  void begin(bool resume);
  void start_stage(std::size_t index);
  void restore(NewestCheckpoint newest);
  void run_stage();
  void keep_if_best(const EpochRow& row);
  void finish_epoch(const EpochRow& row);
  void finish_stage();
  /// Says once how the kernels were chosen, and keeps what was measured for the next process.
  void note_kernels();
  void save_checkpoint();
  void save_record() const;
  [[noreturn]] void stop() const;
  const Stage& stage() const { return stages_[stage_]; }

  TrainOptions options_;
  Progress& progress_;
  std::filesystem::path folder_;
  CheckpointFiles checkpoints_;
  std::optional<RunLock> lock_;
  Compute compute_;
  TrainingData data_;
  RunRecord record_;
  std::optional<MetricsLog> log_;  // from the first stage on: its columns are the objective's terms
  std::vector<Stage> stages_;
  std::size_t stage_ = 0;  // place in stages_
  std::unique_ptr<Objective> objective_;
  std::vector<std::int64_t> members_;  // training images that the stage learns from
  Checkpoint state_;                   // of the stage at hand, without tensors
  double train_seconds_ = 0;           // of the stage at hand, in this process
  double wait_seconds_ = 0;
  bool kernels_noted_ = false;
  bool saved_ = true;  // the last finished epoch is in a checkpoint
  std::chrono::steady_clock::time_point saved_at_ = std::chrono::steady_clock::now();
};

}  // namespace lanet
