#include "infer/input_stream.hpp"

#include "core/error.hpp"
#include "dicom/dicom_file.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

/// NAME_f0001.
std::string frame_name(const std::string& name, std::int64_t frame) {
  const std::string number = std::to_string(frame + 1);
  return name + "_f" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number;
}

}  // namespace

InputStream::InputStream(std::span<const PathToPredict> files) : files_(files) {}
InputStream::~InputStream() = default;

InputBatch InputStream::next(std::size_t most) {
  InputBatch batch;
  while (batch.inputs.size() < most && !at_end()) {
    try {
      if (open_)
        read_frame(batch);
      else
        read_file(batch);
    } catch (const DataError& error) {
      batch.problems.emplace_back(error.what());
    } catch (const SystemError& error) {  // vanished or unreadable: a fault of this file alone
      batch.problems.emplace_back(error.what());
    }
  }
  batch.files_done = next_file_ - (open_ ? 1 : 0);
  return batch;
}

void InputStream::read_file(InputBatch& batch) {
  const PathToPredict& path = files_[next_file_++];
  if (is_dicom_file(path.file)) {
    open_ = std::make_shared<const DicomFile>(DicomFile::open(path.file));
    next_frame_ = 0;
    return;
  }
  batch.inputs.push_back({path.name, read_image(path.file), std::nullopt, std::nullopt});
  batch.origins.push_back({path.file.string(), next_file_ - 1, -1, 1, std::nullopt, nullptr, 0});
}

void InputStream::read_frame(InputBatch& batch) {
  const PathToPredict& path = files_[next_file_ - 1];
  const DicomInfo& info = open_->info();
  const std::int64_t frame = next_frame_++;
  // Whatever becomes of this frame, the file is done after its last one.
  const std::shared_ptr<const DicomFile> file = open_;
  if (next_frame_ == info.frames) open_.reset();
  const bool several = info.frames > 1;
  batch.inputs.push_back(
      {several ? frame_name(path.name, frame) : path.name, file->frame(frame), info.spacing, info.tissue_box()});
  batch.origins.push_back(
      {path.file.string(), next_file_ - 1, several ? frame : -1, info.frames, info.frame_ms, file, frame});
}

}  // namespace lanet
