#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lanet {

struct CellLockOptions {
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds stale{120'000};  // an owner silent for so long is taken for dead
};

/// Holds a cell for one process among machines that share a folder: a file that names its owner, made by an exclusive
/// link, whose time of change is the owner's heartbeat. It needs no lock service and no equal clocks: age is measured
/// against a file written at the same place.
class CellLock {
 public:
  /// Nothing where another living owner holds it. A lock whose owner is silent, or was a process of this machine that
  /// is gone, is taken over. Throws SystemError for a folder that cannot be written.
  static std::optional<CellLock> acquire(const std::filesystem::path& folder, const CellLockOptions& options = {});
  /// Who holds the cell; "" nobody alive.
  static std::string owner(const std::filesystem::path& folder, const CellLockOptions& options = {});

  CellLock(CellLock&& other) noexcept;
  CellLock& operator=(CellLock&& other) noexcept;
  ~CellLock();

 private:
  struct Beat;
  explicit CellLock(std::unique_ptr<Beat> beat);
  std::unique_ptr<Beat> beat_;
};

}  // namespace lanet
