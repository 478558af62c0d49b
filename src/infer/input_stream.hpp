#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infer/collect_paths.hpp"
#include "infer/finder.hpp"
#include "infer/result_name.hpp"

namespace lanet {

class ArchiveReader;
struct ArchiveEntry;
class DicomFile;

/// Where an input came from.
struct InputOrigin {
  std::string file;         // in an archive: ARCHIVE:ENTRY
  std::string name;         // of the results of the whole image or cine
  std::size_t object = 0;   // counts images and cines: the same for all frames of one
  std::int64_t frame = -1;  // of a file with several frames or pages; -1: the only one
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
  std::size_t files_done = 0;        // files of the list that are behind this batch
  std::size_t results_left_out = 0;  // results of lanet in archives
  std::size_t masks_left_out = 0;    // masks in archives
};

/// Reads a list of files frame by frame, so that memory depends neither on the number of files nor of frames. A file
/// with several frames (DICOM, pages of a TIFF, pictures of a GIF) gives inputs NAME_f0001, NAME_f0002 ... The tissue
/// region of a DICOM object and its spacing go along. Of an archive (zip, tar, tar.gz) every image is read, entry by
/// entry, named by its place in the archive.
class InputStream {
 public:
  explicit InputStream(std::span<const PathToPredict> files);
  ~InputStream();

  bool at_end() const { return next_file_ == files_.size() && !open_ && !archive_ && pages_.empty(); }
  /// Up to `most` images; fewer at the end, or where files could not be read.
  InputBatch next(std::size_t most);

 private:
  void read_next(InputBatch& batch);
  void read_file(InputBatch& batch);
  void read_entry(InputBatch& batch);
  std::optional<ArchiveEntry> next_entry(InputBatch& batch);
  void read_frame(InputBatch& batch);
  /// A DICOM object that was opened: its frames follow.
  void begin_frames(std::shared_ptr<const DicomFile> file);
  void read_page(InputBatch& batch);
  /// A picture that is no DICOM: at once, or its pages follow.
  void begin_picture(InputBatch& batch, std::string bytes);
  static void add_input(InputBatch& batch, const InputOrigin& origin, Image image);

  std::span<const PathToPredict> files_;
  std::size_t next_file_ = 0;
  ResultNames names_;                       // of what is behind and of the files of the list
  std::unique_ptr<ArchiveReader> archive_;  // with entries left
  std::size_t images_in_archive_ = 0;       // and masks, results and lines about entries
  InputOrigin origin_;                      // of the image or cine at hand
  std::shared_ptr<const DicomFile> open_;   // a file with frames left
  std::string pages_;                       // a picture with pages left
  std::int64_t next_frame_ = 0;             // of either
};

}  // namespace lanet
