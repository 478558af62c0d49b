#include "train/checkpoint.hpp"

#include "core/error.hpp"

namespace lanet {

void write_checkpoint(const CheckpointFiles& files, const Checkpoint& checkpoint) {
  save_tensors(files.last, checkpoint.tensors, to_metadata(checkpoint), files.previous);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  Checkpoint checkpoint{checkpoint_state(file), {}};
  for (const TensorInfo& info : file.tensors())
    checkpoint.tensors.emplace_back(info.name, tensor_from_file(file, info));
  return checkpoint;
}

NewestCheckpoint read_newest_checkpoint(const CheckpointFiles& files) {
  std::string trouble;
  try {
    return {read_checkpoint(files.last), ""};
  } catch (const Error& error) {
    trouble = error.what();
  }
  try {
    NewestCheckpoint newest{read_checkpoint(files.previous), ""};
    newest.warning = trouble + "; going on from " + files.previous.filename().string() + ", one epoch earlier";
    std::error_code ignored;
    std::filesystem::rename(files.last, files.last.parent_path() / "damaged.checkpoint", ignored);
    return newest;
  } catch (const Error& error) {
    throw DataError({files.last.string(), "no checkpoint that can be used (" + trouble + "; " + error.what() + ")",
                     "last.checkpoint or previous.checkpoint undamaged",
                     "restore one from a backup, or begin a new run"});
  }
}

}  // namespace lanet
