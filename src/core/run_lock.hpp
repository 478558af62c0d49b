#pragma once

#include <filesystem>

namespace lanet {

/// Holds a folder for one process (flock on FOLDER/.lock, which names host, process id and start time). Released by the
/// destructor and by the kernel if the process dies. Throws SystemError naming the owner where another process holds
/// it.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// Whether a process of this machine holds the folder, without touching its lock (by /proc/locks; false where the
/// system does not tell).
bool run_is_locked(const std::filesystem::path& folder);

}  // namespace lanet
