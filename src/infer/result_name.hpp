#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace lanet {

/// Name of an image's results below the output folder: its path without "." and a known extension (the name of a DICOM
/// file often has dots and none: a UID), with _2, _3 ... where that is taken. It is put among the taken ones. Parts of
/// more than 180 bytes are shortened, and end in 12 digits of the SHA-256 of the whole part, so that NAME_overlay.png
/// fits into a file name.
std::string result_name(const std::filesystem::path& relative, std::set<std::string>& taken);

/// NAME_f0001: the results of one frame, counted from 0.
std::string frame_name(const std::string& name, std::int64_t frame);

/// Names that results have, or may have: no two inputs share one, be it of a whole image, of a frame (NAME_f0001) or of
/// a summary (NAME_summary).
class ResultNames {
 public:
  /// A name that is given away already, by result_name.
  void keep(const std::string& name) { taken_.insert(name); }
  /// A free name for an image.
  std::string name_for(const std::filesystem::path& relative);
  /// A name under which `frames` frames and a summary are free: `name`, which was kept, or NAME_2 ...
  std::string with_frames(const std::string& name, std::int64_t frames);

 private:
  bool is_of_frames(const std::string& name) const;
  bool frames_are_free(const std::string& name, std::int64_t frames) const;

  std::set<std::string> taken_;
  std::map<std::string, std::int64_t> cines_;  // name -> frames
};

}  // namespace lanet
