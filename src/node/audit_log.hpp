#pragma once

#include <filesystem>
#include <initializer_list>
#include <mutex>
#include <string>
#include <utility>

namespace lanet {

/// What came, what was found, what went where: one JSON object a line (docs/formats.md), for whoever has to account for
/// it later. Lines are only ever added; the file may be moved away at any time (it is opened for each line).
class AuditLog {
 public:
  /// A line that a crash cut off is ended, so that the next one stands alone. Throws ConfigError for a
  /// file that is no such log, SystemError.
  explicit AuditLog(std::filesystem::path file);

  using Fields = std::initializer_list<std::pair<const char*, std::string>>;
  /// Adds a line with the time, the event and the fields that are not empty. From any thread. Throws SystemError.
  void write(const char* event, Fields fields);

 private:
  std::filesystem::path file_;
  std::mutex mutex_;
};

}  // namespace lanet
