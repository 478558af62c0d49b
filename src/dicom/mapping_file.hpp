#pragma once

#include <filesystem>
#include <map>
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
  /// The name that the file's newest result has; "": it has none yet.
  std::string result_of(const std::filesystem::path& source) const;
  /// Whether a result of that name was made of some file.
  bool has_result(const std::string& result) const { return results_.contains(result); }

 private:
  void note_file(const std::string& source, const std::string& result);
  void append(const std::vector<std::vector<std::string>>& rows);

  std::filesystem::path file_;
  std::set<std::string> lines_, results_;
  std::map<std::string, std::string> result_of_;
};

}  // namespace lanet
