#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "node/node_options.hpp"
#include "node/queue_folder.hpp"

namespace lanet {

/// A source object that is being looked at.
struct Source {
  std::string uid;             // its SOP Instance UID
  std::filesystem::path file;  // in working/
};

/// Source objects on disk, from the acknowledgement until their results lie there. Whatever moment the process dies at,
/// the next one goes on: what is in incoming/ waits, what was in working/ waits again. From any thread.
class SourceQueue {
 public:
  /// Takes up what lies in the folder, the oldest first; what was in work when the process died goes to failed/ after
  /// options.crashes times. Throws SystemError.
  SourceQueue(QueueFolder folder, const QueueOptions& options, CrashPoint crash_point = {});

  /// A path in receiving/ that nobody uses.
  std::filesystem::path new_file();
  /// Makes a received (and synced) file part of the queue: when it returns true, the object survives everything that
  /// the disk does. False: it was there already, and the file is removed. Throws SystemError.
  bool take(const std::string& uid, const std::filesystem::path& received);
  /// Whether the object lies in incoming/ or working/.
  bool holds(const std::string& uid) const;
  /// Whether it holds an object of that UID whose bytes are not those of `received`. They are compared only where
  /// comparable(its file, received) says that equal objects would have equal bytes.
  bool holds_another(
      const std::string& uid, const std::filesystem::path& received,
      const std::function<bool(const std::filesystem::path&, const std::filesystem::path&)>& comparable) const;
  /// The oldest object, moved to working/; nothing within `wait`.
  std::optional<Source> next(std::chrono::milliseconds wait);
  /// Its results lie on disk: forgets the source.
  void finish(const Source& source);
  /// Not its fault: waits again, as the last.
  void put_back(const Source& source);
  /// Tried in vain. Returns how often that has happened since the start of the process.
  std::int64_t count_attempt(const Source& source);
  /// No result will come: to failed/, with the reason beside it.
  void fail(const Source& source, const std::string& reason);
  /// What waits or is being looked at.
  QueueUsage usage() const;

 private:
  struct Entry {
    std::int64_t crashes = 0;
    std::int64_t bytes = 0;
    std::int64_t attempts = 0;
  };
  void recover();
  void recover_working();
  void step(std::string_view name) const {
    if (crash_point_) crash_point_(name);
  }
  std::filesystem::path incoming_file(const std::string& uid, std::int64_t crashes) const;
  void forget(const std::string& uid);
  void write_failure(const std::string& uid, const std::filesystem::path& file, const std::string& reason);

  QueueFolder folder_;
  QueueOptions options_;
  CrashPoint crash_point_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_;
  std::deque<std::string> waiting_;  // UIDs, the oldest first
  std::int64_t bytes_ = 0;           // of all entries
  std::int64_t files_made_ = 0;
};

}  // namespace lanet
