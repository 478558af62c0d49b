#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/import.hpp"

namespace lanet {

/// Finds the pictures that a label file names, below one folder and never outside of it. Label files hold the paths of
/// the machine they were written on: backslashes, drives and folders that are not here are passed over.
class PictureFinder {
 public:
  explicit PictureFinder(std::filesystem::path root);

  /// The file that `name` names: relative to `beside` (where given), to the root, or to images/ in one of them; else
  /// the one picture below the root whose path ends as the name does, in as many parts as any. Nothing, with a problem,
  /// where there is none, where two would fit, or where another name was found to mean that file.
  std::optional<std::filesystem::path> find(const std::string& name, const std::filesystem::path& beside,
                                            const std::string& place, ImportReport& report);
  /// All pictures below the root but those in hidden folders and in folders of masks, sorted.
  const std::vector<std::filesystem::path>& pictures();

 private:
  std::filesystem::path root_;
  bool listed_ = false;
  std::vector<std::filesystem::path> pictures_;
  std::multimap<std::string, std::filesystem::path> by_name_;  // file name in small letters
  std::multimap<std::string, std::filesystem::path> by_stem_;
  std::map<std::filesystem::path, std::string> claimed_;  // found file -> the name it was found by

  void list();
  std::optional<std::filesystem::path> by_path(const std::string& name, const std::filesystem::path& beside) const;
};

/// A path of a label file with forward slashes, without "file://" and a drive's letter.
std::string plain_path(std::string path);

/// A distinct id for each path: its stem; where several files have it, the path without extension; where that is shared
/// too, the path.
std::vector<std::string> distinct_ids(const std::vector<std::filesystem::path>& paths);

}  // namespace lanet
