#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/weights.hpp"
#include "modelfile/checkpoint_state.hpp"

namespace lanet {

/// Everything that a run needs to go on bit for bit: where it stood, and all tensors by name ("network.NAME",
/// "adam.NAME").
struct Checkpoint : CheckpointState {
  NamedTensors tensors;
};

/// The two generations of a run folder.
struct CheckpointFiles {
  explicit CheckpointFiles(const std::filesystem::path& folder)
      : last(folder / "last.checkpoint"), previous(folder / "previous.checkpoint") {}
  /// Whether there is either.
  bool exist() const { return std::filesystem::exists(last) || std::filesystem::exists(previous); }

  std::filesystem::path last;
  std::filesystem::path previous;
};

/// Writes the next `last`; the one before becomes `previous`. Atomic, synced, read back, sealed: at every moment one of
/// the two is whole.
void write_checkpoint(const CheckpointFiles& files, const Checkpoint& checkpoint);

/// Throws DataError for a damaged file or a newer version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

struct NewestCheckpoint {
  Checkpoint checkpoint;
  std::string warning;  // what is wrong with `last` where `previous` had to do; else empty
};
/// `last`, or `previous` where `last` is missing or damaged (it is then moved to damaged.checkpoint, so that it never
/// becomes a generation). Throws DataError naming both where neither can be used.
NewestCheckpoint read_newest_checkpoint(const CheckpointFiles& files);

}  // namespace lanet
