#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lanet {

/// A UID or patient, and what stands in its place.
struct Replacement {
  std::string kind;  // "uid", "patient"
  std::string old, made;
};

/// Replacements for UIDs and patients, derived from what they replace and a secret: the same key gives the same
/// replacement in every run and on every machine; without the key nobody can compute or test one. Not thread-safe.
class Pseudonyms {
 public:
  /// Throws ConfigError for a key of fewer than 16 bytes.
  explicit Pseudonyms(std::string key);

  /// A UID below 2.25 for another one.
  std::string uid(const std::string& old);
  /// "P" and twelve letters and digits for what identifies a patient.
  std::string patient(const std::string& identity);

  /// What was replaced so far, old to new: to be kept apart from the results.
  const std::map<std::string, std::string>& uids() const { return uids_; }
  const std::map<std::string, std::string>& patients() const { return patients_; }
  /// Those of them that were made since the last call.
  std::vector<Replacement> take_made() { return std::exchange(made_, {}); }

 private:
  std::string key_;
  std::map<std::string, std::string> uids_, patients_;
  std::vector<Replacement> made_;
};

/// 32 random bytes of the system as 64 hexadecimal digits. Throws SystemError where it has none.
std::string random_key();
/// The content of a key file. Throws SystemError, ConfigError for one that is too short.
std::string read_key(const std::filesystem::path& file);
/// Makes a key file that only its owner may read. Throws DataError where there is one by now: it is another run's, and
/// what that run wrote is lost without it; SystemError.
void write_new_key(const std::filesystem::path& file, const std::string& key);
/// Writes a file that only its owner may read, atomically. Throws SystemError.
void write_private_file(const std::filesystem::path& file, const std::string& content);

}  // namespace lanet
