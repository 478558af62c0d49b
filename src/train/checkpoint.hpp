#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/weights.hpp"

namespace lanet {

inline constexpr int kCheckpointFormatVersion = 1;

/// Everything that a run needs to go on bit for bit: all tensors by name (network, moments), and where it stood.
struct Checkpoint {
  std::int64_t stage = 1;        // stage that the next epoch belongs to
  std::int64_t epochs_done = 0;  // of that stage
  std::int64_t best_epoch = 0;   // of that stage; 0: none yet
  double best_score = 0;         // the selection's first key (higher is better)
  double best_loss = 0;          // its tie-breaker (lower is better)
  double seconds = 0;            // spent so far in that stage
  std::string settings;          // TOML: a run goes on only with the settings it began with
  std::string fingerprint;       // of its data
  std::string started;           // UTC
  std::string metrics_csv;       // rows so far
  std::string stages_json;       // finished stages, for record.json
  NamedTensors tensors;          // "network.NAME", "adam.NAME"
};

/// Atomic, read back; doubles survive exactly.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
/// Throws DataError for a damaged file or a newer version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

}  // namespace lanet
