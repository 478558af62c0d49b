#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "modelfile/safetensors.hpp"

namespace lanet {

inline constexpr int kCheckpointFormatVersion = 2;

/// Where a run stood at the end of an epoch; the tensors are beside it in the same file.
struct CheckpointState {
  std::int64_t stage = 1;        // stage that the next epoch belongs to
  std::int64_t epochs_done = 0;  // of that stage
  std::int64_t best_epoch = 0;   // of that stage; 0: none yet
  double best_score = 0;         // the selection's first key (higher is better)
  double best_loss = 0;          // its tie-breaker (lower is better)
  double seconds = 0;            // spent so far in that stage
  std::string settings;          // TOML: which of them may differ when a run goes on: resume_rules.hpp
  std::string fingerprint;       // of its data
  std::string started;           // UTC
  std::string metrics_csv;       // rows so far
  std::string stages_json;       // finished stages, for record.json
  std::string notes;             // one line each: what was changed when the run went on
  std::string kernels;           // KernelChoice::chosen(); "" in files of versions that had no choice
};

/// As the metadata of a safetensors file; doubles survive exactly.
std::map<std::string, std::string> to_metadata(const CheckpointState& state);
/// Throws DataError for a file that is none, one without seal, a newer version, numbers that are none.
CheckpointState checkpoint_state(const SafetensorsFile& file);

}  // namespace lanet
