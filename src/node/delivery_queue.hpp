#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dicom/result_objects.hpp"
#include "node/node_options.hpp"
#include "node/queue_folder.hpp"

namespace lanet {

/// An object that was made of a source.
struct DeliveredObject {
  std::string kind;  // "seg", "sr", "sc"; its file is KIND.dcm
  std::string sop_class_uid;
  std::string sop_instance_uid;
};

/// What is known of the results of one source: results/UID/record.json.
struct DeliveryRecord {
  std::string source;     // SOP Instance UID
  std::string study;      // Study Instance UID
  std::string model;      // that made them
  std::string found;      // in words
  std::int64_t made = 0;  // seconds since 1970
  std::vector<DeliveredObject> objects;

  std::string json() const;
  /// Throws DataError for what is no such record.
  static DeliveryRecord parse(const std::string& text, const std::string& place);
};

/// Results for one destination, to be sent now.
struct Delivery {
  DeliveryRecord record;
  std::vector<std::filesystem::path> files;  // one an object
  std::int64_t failures = 0;                 // in a row, at this destination
};

/// Results on disk on their way to every destination. A destination's state is the name of a file beside them:
/// NAME.waiting, NAME.sent, NAME.parked. From any thread.
class DeliveryQueue {
 public:
  /// Takes up what lies in the folder. Throws SystemError.
  DeliveryQueue(QueueFolder folder, std::vector<std::string> destinations, CrashPoint crash_point = {});

  /// Writes the results of a source; when it returns, they survive everything that the disk does. Throws SystemError.
  void add(const DeliveryRecord& record, std::span<const ResultObject> objects);
  /// Whether results of this source by this model are there, delivered or not.
  bool holds(const std::string& source, const std::string& model) const;
  /// The oldest results that are due at a destination; nothing within `wait`.
  std::optional<Delivery> next(const std::string& destination, std::chrono::milliseconds wait);

  /// Whether something could be sent there now, or is being sent.
  bool has_due(const std::string& destination) const;

  void mark_sent(const Delivery& delivery, const std::string& destination);
  /// Tried again after `pause`.
  void mark_failed(const Delivery& delivery, const std::string& destination, const std::string& problem,
                   std::chrono::milliseconds pause);
  /// Given up: goes to parked/ when all other destinations are done with it.
  void mark_parked(const Delivery& delivery, const std::string& destination, const std::string& problem);

  /// Removes delivered results that are older. Returns how many.
  std::int64_t remove_done(double days);
  /// What waits for a destination.
  QueueUsage usage() const;
  /// What could not be read at the start, and results that wait for destinations which the settings no longer name.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { kWaiting, kInFlight, kSent, kParked };
  struct Target {
    State state = State::kWaiting;
    std::int64_t failures = 0;
    Clock::time_point due{};
  };
  struct Job {
    DeliveryRecord record;
    std::int64_t bytes = 0;
    std::map<std::string, Target> targets;
  };

  void recover();
  void recover_job(const std::filesystem::path& folder);
  void enter(const std::string& uid, Job job);
  void settle(const std::string& uid, const std::string& destination, State state);
  void finish(const std::string& uid);
  void write_state(const std::string& uid, const std::string& destination, std::int64_t failures,
                   const std::string& problem);
  void step(std::string_view name) const {
    if (crash_point_) crash_point_(name);
  }

  QueueFolder folder_;
  std::vector<std::string> destinations_;
  CrashPoint crash_point_;
  std::vector<std::string> problems_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, std::list<std::string>> waiting_;  // destination -> UIDs, the oldest first
  std::int64_t bytes_ = 0;
};

}  // namespace lanet
