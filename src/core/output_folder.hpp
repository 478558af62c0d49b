#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace lanet {

/// A file that lanet did not write is where a result should go. The file is as it was.
class InTheWay : public DataError {
 public:
  using DataError::DataError;
};

/// The one place that decides whether a file may be written, replaced or removed in a folder that the user names.
///
/// A file may be written where
///   - none is there, or
///   - this object has written it (this very run), or it is as lanet wrote it here (its SHA-256 stands beside its name
///     in the folder's record `.lanet`), and the new file is of the same kind (kind_of_result), or
///   - `overwrite` was asked for by the user.
/// Everything else is the user's, and stays: a result that was changed since, one that was copied here (it may have
/// been taken over as a truth), and a manifest where a picture should go.
///
/// Thread-safe. The record is a text file, one line a result: "SHA-256, two spaces, path below the folder". Lines are
/// appended before the file itself changes place, so that a killed run leaves nothing that its successor takes for the
/// user's.
class OutputFolder {
 public:
  /// Does not create the folder: the first write does. Reads the record where there is one (a record that is no record
  /// of lanet's is left alone, and nothing is recorded), and removes what killed runs left of their temporary files.
  explicit OutputFolder(std::filesystem::path folder, bool overwrite = false);

  const std::filesystem::path& path() const { return folder_; }

  /// Whether a file below the folder may be written or removed. `name` is relative to the folder.
  bool may_write(const std::filesystem::path& name) const;
  /// Whether lanet wrote this file here and it is not as lanet wrote it any longer.
  bool was_changed(const std::filesystem::path& name) const;
  /// Throws InTheWay for the first of the files that may not be written, and says how many more there are. For commands
  /// that know their results' names before they begin to compute. kind: of all of them, as kind_of_result says it; ""
  /// where it is not known yet (writing looks at it in any case).
  void require_writable(const std::vector<std::filesystem::path>& names, const std::string& kind = "") const;

  /// Writes as write_file_atomically does. Throws InTheWay where it may not.
  void write(const std::filesystem::path& name, std::string_view bytes);
  /// The same for writers that need a path of their own; as replace_file_atomically.
  void write_with(const std::filesystem::path& name, const std::function<void(const std::filesystem::path&)>& write,
                  const std::function<void(const std::filesystem::path&)>& verify = {});
  /// Removes a file that may be written. Returns false where there is none. Throws InTheWay for the user's.
  bool remove(const std::filesystem::path& name);
  /// Removes a result of an earlier run that this run has no new one for: only a file that is as lanet wrote it here,
  /// whatever `overwrite` says. Returns whether there was one.
  bool remove_earlier(const std::filesystem::path& name);
  /// Moves the file at `name` to the first free name of "STEM-before.EXT", "STEM-before-2.EXT", ..., whoever wrote it,
  /// and returns where it is now (relative to the folder); empty where there was none.
  std::filesystem::path keep_as_earlier(const std::filesystem::path& name);

 private:
  std::filesystem::path folder_;
  bool overwrite_;
  bool record_usable_ = true;
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> recorded_;  // path below the folder -> digests
  std::set<std::string> written_;                          // by this object

  bool is_ours(const std::string& name) const;
  void note(const std::string& name, const std::string& digest);
  void require_kind(const std::filesystem::path& name, const std::string& kind) const;
};

/// One file that the user names, by the rules of its folder (the record lies beside it). Throws InTheWay.
void write_output_file(const std::filesystem::path& file, std::string_view bytes, bool overwrite = false);

inline constexpr const char* kOutputRecordName = ".lanet";

/// What a result is, by its first bytes (64 KiB are enough): "a list of id, subset" (CSV, by its first two columns), "a
/// PNG result", "a JSON file of lanet-finding", "a model" (safetensors), "a DICOM object" ... "" for no bytes at all. A
/// result takes the place of one of the same kind only.
std::string kind_of_result(std::string_view first_bytes);
inline constexpr const char* kModelKind = "a model";
inline constexpr const char* kBinaryKind = "a binary file";  // ONNX among them
inline constexpr const char* kPictureKind = "a PNG picture";

/// Whether a file says in its content that lanet wrote it: JSON and JSON lines with "format": "lanet-...", PNG with a
/// text chunk "Software" that begins with "lanet", HTML with a generator "lanet", TOML, CSV, SVG and ONNX with their
/// marks near the beginning (docs/formats.md, "How results are recognised"). False for a file that cannot be read.
/// Reads at most the first 64 KiB. DICOM is known by `dicom` (is_result_object).
bool carries_lanet_mark(const std::filesystem::path& file);
bool bytes_carry_lanet_mark(std::string_view first_bytes);

}  // namespace lanet
