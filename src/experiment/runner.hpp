#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/progress.hpp"
#include "experiment/cell_record.hpp"
#include "experiment/suite.hpp"

namespace lanet {

struct RunnerOptions {
  std::filesystem::path results = "experiments";
  std::filesystem::path program;  // lanet; empty: beside the running executable
  std::int64_t jobs = 1;          // cells at a time; they divide the processor's threads
  std::int64_t shard = 1;         // this process takes cells whose place leaves shard - 1 on division by shards
  std::int64_t shards = 1;
  bool explain = false;  // also Grad-CAM of the test images, for suites of kind heat
  void validate() const;
};

struct RunnerOutcome {
  std::int64_t done = 0;            // by this call
  std::int64_t before = 0;          // were done already
  std::int64_t elsewhere = 0;       // held by another process
  std::vector<std::string> failed;  // "cell: reason"
};

/// The cells that a process with these options takes: all, or those of its shard.
std::vector<Cell> cells_of_shard(const std::vector<Cell>& cells, const RunnerOptions& options);

/// Trains and evaluates every cell that is not done: as child processes, resuming what stopped in the middle. A cell
/// that fails is recorded with its reason and stops no other. Throws Interrupted on a stop request, SystemError where
/// the results folder cannot be written.
RunnerOutcome run_cells(const std::vector<Cell>& cells, const RunnerOptions& options, Progress& progress);

/// How long cells take: as finished cells of the same network, head and size did, else a rough figure for two cores
/// that have nothing else to do. Reads each record and each data set once.
class TimeEstimate {
 public:
  TimeEstimate(const std::vector<Cell>& cells, const std::filesystem::path& results);
  double seconds(const Cell& cell) const;

 private:
  std::map<std::string, std::pair<double, double>> measured_;  // by kind of cell: seconds, cells
  std::map<std::string, double> images_;                       // by data set
};

/// A Slurm array job that spreads the suite over `shards` tasks. The job begins in `folder` (absolute), so that paths
/// of the command that are relative to it hold on every machine.
std::string slurm_script(const std::vector<std::string>& command, std::int64_t shards,
                         const std::filesystem::path& folder);

}  // namespace lanet
