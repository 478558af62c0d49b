#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "node/audit_log.hpp"
#include "node/delivery_queue.hpp"
#include "node/destination.hpp"

namespace lanet {

/// Where the parts of the node tell what happens, without patient data. From any thread.
using NodeLog = std::function<void(const std::string&)>;

/// Sends what waits for one destination, on a thread of its own. A destination that is out of reach is left alone for
/// a while that grows; an object that it refuses waits alone.
class Forwarder {
 public:
  Forwarder(std::string name, std::unique_ptr<Destination> destination, DeliveryQueue& queue, AuditLog& audit,
            const RetryOptions& retry, NodeLog log);
  /// Ends the thread after the object that is being sent.
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// Whether nothing can be sent just now: nothing is due, or the destination is out of reach.
  bool idle() const { return resting_ || !queue_.has_due(name_); }

 private:
  void run();
  void deliver(const Delivery& delivery);
  void record(const Delivery& delivery, std::size_t index, const SendOutcome& outcome);
  void refused(const Delivery& delivery, const std::string& problem);
  void unreachable(const Delivery& delivery, const std::string& problem);
  bool is_given_up(const Delivery& delivery) const;
  void rest(std::chrono::milliseconds pause);
  std::chrono::milliseconds pause_after(std::int64_t failures);

  std::string name_;
  std::unique_ptr<Destination> destination_;
  DeliveryQueue& queue_;
  AuditLog& audit_;
  RetryOptions retry_;
  NodeLog log_;
  std::int64_t failures_ = 0;  // in a row, of the destination as a whole
  std::uint64_t draws_ = 0;
  std::atomic<bool> resting_{false};
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace lanet
