#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infer/finder.hpp"

namespace lanet {

class DicomFile;

/// An image file to predict and the name of its results.
struct PathToPredict {
  std::filesystem::path file;
  std::string name;  // relative to the output folder, without extension, unique
};

/// Where an input came from.
struct InputOrigin {
  std::string file;
  std::size_t path = 0;     // index of the file in the list
  std::int64_t frame = -1;  // of a DICOM object with several frames; -1: the only one
  std::int64_t frames = 1;
  std::optional<double> frame_ms;
  std::shared_ptr<const DicomFile> dicom;  // the object; nullptr for other images
  std::int64_t dicom_frame = 0;            // of the object, from 0
};

/// Images of one call of the network, and what became of files that could not be read.
struct InputBatch {
  std::vector<FinderInput> inputs;
  std::vector<InputOrigin> origins;  // one an input
  std::vector<std::string> problems;
  std::size_t files_done = 0;  // files of the list that are behind this batch
};

/// Reads a list of files frame by frame, so that memory depends neither on the number of files nor of frames. A file
/// with several frames gives inputs NAME_f0001, NAME_f0002 ... The tissue region of a DICOM object and its spacing go
/// along.
class InputStream {
 public:
  explicit InputStream(std::span<const PathToPredict> files);
  ~InputStream();

  bool at_end() const { return next_file_ == files_.size() && !open_; }
  /// Up to `most` images; fewer at the end, or where files could not be read.
  InputBatch next(std::size_t most);

 private:
  void read_file(InputBatch& batch);
  void read_frame(InputBatch& batch);

  std::span<const PathToPredict> files_;
  std::size_t next_file_ = 0;
  std::shared_ptr<const DicomFile> open_;  // a file with frames left
  std::int64_t next_frame_ = 0;
};

}  // namespace lanet
