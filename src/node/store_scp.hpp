#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "node/connection_watch.hpp"
#include "node/forwarder.hpp"
#include "node/node_options.hpp"
#include "node/peer_list.hpp"

class DcmTransportLayer;
struct T_ASC_Network;

namespace lanet {

/// An object that has come in.
struct ReceivedObject {
  std::string sop_class_uid, sop_instance_uid;  // as the peer's command says
  std::string peer, address;                    // AE title, IPv4
  std::filesystem::path file;                   // PS3.10, synced; only where nothing speaks against it
  bool complete = false;                        // its last piece has come
  std::uint16_t status = 0;                     // C-STORE status; not 0: refused before the taker saw it
  std::string problem;                          // why

  /// The first reason counts.
  void refuse(std::uint16_t with_status, const std::string& why) {
    if (status != 0) return;
    status = with_status;
    problem = why;
  }
};

/// Who takes objects in. Called from several threads.
class ObjectTaker {
 public:
  /// C-STORE statuses (PS3.4 B.2.3).
  static constexpr std::uint16_t kSuccess = 0x0000, kOutOfResources = 0xA700, kMismatch = 0xA900,
                                 kCannotUnderstand = 0xC000, kProcessingFailure = 0x0110;

  virtual ~ObjectTaker() = default;
  /// Empty where there is room for one more object; else why not.
  virtual std::string no_room() = 0;
  /// A path for the next object.
  virtual std::filesystem::path new_file() = 0;
  /// The status to answer with: that of the object where it was refused already. kSuccess only when it survives
  /// everything that the disk does.
  virtual std::uint16_t take(const ReceivedObject& object) = 0;
  /// An object whose end never came.
  virtual void dropped(const ReceivedObject& object) = 0;
  /// An association was refused or broken off.
  virtual void refused(const std::string& peer, const std::string& address, const std::string& reason) = 0;
};

/// Ultrasound and secondary capture classes, and what they are in multi-frame form.
const std::vector<std::string>& accepted_classes();
/// Every transfer syntax that DicomFile reads.
const std::vector<std::string>& accepted_syntaxes();

/// Listens for DICOM associations: verification and storage, over TLS where the options say so.
class StoreScp {
 public:
  /// Opens the port. Throws SystemError where it is taken, ConfigError for certificates that cannot be used.
  StoreScp(const ListenOptions& listen, const NodeLimits& limits, ObjectTaker& taker);
  /// Ends open associations after the object that is just coming.
  ~StoreScp();
  StoreScp(const StoreScp&) = delete;
  StoreScp& operator=(const StoreScp&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void open_port();
  void set_up_transport();
  void serve();
  void serve_one();

  ListenOptions listen_;
  NodeLimits limits_;
  PeerList peers_;
  ObjectTaker& taker_;
  ConnectionWatch watch_;
  T_ASC_Network* network_ = nullptr;
  std::unique_ptr<DcmTransportLayer> layer_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::int64_t> open_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace lanet
