#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lanet {

/// What a queue on disk holds, seen from outside while its node works or stands still.
struct QueueStatus {
  struct Destination {
    std::int64_t waiting = 0, sent = 0, parked = 0;  // results of so many sources; sent: of those still kept
    std::string problem;                             // of the last failure of something that still waits
  };
  std::int64_t to_look_at = 0;  // incoming and working
  std::int64_t to_send = 0, done = 0, parked = 0, failed = 0;
  std::int64_t bytes = 0;                // without what is done
  std::optional<double> oldest_seconds;  // age of the oldest object that waits, for looking or for sending
  std::map<std::string, Destination> destinations;
  std::vector<std::string> failures;  // the first few reasons

  std::string json() const;
};

/// Reads the folders; what changes meanwhile may be counted in its old or its new state. Throws ConfigError where the
/// folder is no queue.
QueueStatus read_queue_status(const std::filesystem::path& folder);

}  // namespace lanet
