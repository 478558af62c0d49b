#pragma once

#include <filesystem>
#include <mutex>

namespace lanet {

/// How busy the machine is.
struct SystemState {
  double processor_percent = 0;  // of all cores, since the last look
  double memory_mib = 0, memory_total_mib = 0;
  double process_mib = 0;  // resident memory of this process
  double disk_free_gib = 0;
};

/// Reads /proc; figures that cannot be read stay 0.
class SystemWatch {
 public:
  /// folder: whose disk is looked at.
  SystemState look(const std::filesystem::path& folder);

 private:
  std::mutex mutex_;
  double busy_ = 0, all_ = 0, percent_ = 0;
};

/// Resident memory of this process in bytes.
double resident_bytes();

}  // namespace lanet
