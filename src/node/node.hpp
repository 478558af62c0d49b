#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/run_lock.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/result_objects.hpp"
#include "node/audit_log.hpp"
#include "node/delivery_queue.hpp"
#include "node/forwarder.hpp"
#include "node/node_options.hpp"
#include "node/source_queue.hpp"
#include "node/store_scp.hpp"

namespace lanet {

/// What was made of a source object.
struct Looked {
  std::vector<ResultObject> objects;  // none: nothing to send
  std::string found;                  // in words, for the audit log
};

/// Who looks at the images. Called from one thread.
struct NodeWorker {
  std::string model;  // results are kept apart by it
  std::function<Looked(const DicomFile&)> look;
};

/// Makes a destination of its settings; tests give another one.
using OpenDestination = std::function<std::unique_ptr<Destination>(const std::string&, const DestinationOptions&)>;

/// A store-and-forward node: takes images in, has them looked at, sends what was found on. What it has acknowledged it
/// does not lose: an object is in exactly one state on disk (queue_folder.hpp), and every step can be done twice.
class Node final : public ObjectTaker {
 public:
  /// Locks the queue, takes up what lies in it, opens the port. Throws ConfigError, SystemError.
  Node(const NodeOptions& options, NodeWorker worker, NodeLog log, const OpenDestination& open_destination = {});
  ~Node() override;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Works until `stop_wanted`; then takes nothing more in, finishes what it can within limits.stop_seconds, and
  /// returns. What is left lies on disk.
  void run(const std::function<bool()>& stop_wanted);
  std::uint16_t port() const { return scp_->port(); }

 private:
  std::string no_room() override;
  std::filesystem::path new_file() override;
  std::uint16_t take(const ReceivedObject& object) override;
  void dropped(const ReceivedObject& object) override;
  void refused(const std::string& peer, const std::string& address, const std::string& reason) override;

  std::uint16_t keep(const ReceivedObject& object, std::string& detail);
  void record(const ReceivedObject& object, const std::string& outcome, const std::string& detail);
  void work();
  void work_on(const Source& source);
  bool look_at(const Source& source, DeliveryRecord& record, std::vector<ResultObject>& objects);
  void give_up(const Source& source, const std::string& reason);
  void finish_within(std::chrono::seconds time);
  bool is_idle() const;

  NodeOptions options_;
  NodeWorker worker_;
  NodeLog log_;
  QueueFolder folder_;
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<SourceQueue> sources_;
  std::unique_ptr<DeliveryQueue> deliveries_;
  std::mutex checking_;  // one object at a time in memory
  std::vector<std::unique_ptr<Forwarder>> forwarders_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
  std::unique_ptr<StoreScp> scp_;  // the last: nobody comes in before all is ready
};

}  // namespace lanet
