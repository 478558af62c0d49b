#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "dicom/pseudonyms.hpp"

namespace lanet {

/// The way back from pseudonyms, as a list (kind, old, new) of files, patients and UIDs, for its owner's eyes only. It
/// only grows: what earlier runs wrote stays, and nothing is written twice. Lines are in the file before a result is.
class MappingFile {
 public:
  /// "" for none: nothing is written then. Throws DataError for a file of that name that is no such list, SystemError
  /// for one that cannot be read or made.
  explicit MappingFile(const std::filesystem::path& file);

  /// What pseudonyms were made since the last call. Throws SystemError.
  void add(const std::vector<Replacement>& made);
  /// A file's name and that of its result.
  void add_file(const std::filesystem::path& source, const std::string& result);

 private:
  void append(const std::vector<std::vector<std::string>>& rows);

  std::filesystem::path file_;
  std::set<std::string> lines_;
};

}  // namespace lanet
