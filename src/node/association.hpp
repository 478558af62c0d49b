#pragma once

#include <atomic>
#include <string>

#include "node/connection_watch.hpp"
#include "node/dimse_command.hpp"
#include "node/store_scp.hpp"

struct T_ASC_Association;

namespace lanet {

/// What an association needs of its listener.
struct AssociationContext {
  const ListenOptions& listen;
  const NodeLimits& limits;
  const PeerList& peers;
  ObjectTaker& taker;
  ConnectionWatch::Connection& connection;
  const std::atomic<bool>& stop;
  bool crowded = false;  // past the number of associations
};

/// One association, from the request to its end.
class Association {
 public:
  Association(T_ASC_Association& association, const AssociationContext& context);
  /// Answers requests until the peer releases, breaks off, is idle too long, or the node stops.
  void serve();

 private:
  enum class Next { kGoOn, kEnd };

  bool negotiate();
  void accept_contexts();
  bool reject(int result, int source, int reason, const std::string& why);
  Next answer_request();
  bool wait_for_request();
  void answer_echo(const DimseCommand& command, unsigned char context_id);
  Next answer_store(const DimseCommand& command, unsigned char context_id);
  void receive(ReceivedObject& object, const DimseCommand& command, unsigned char context_id);
  bool send_store_status(const DimseCommand& command, unsigned char context_id, std::uint16_t status);
  Next abort(const std::string& why);
  void allow_seconds(double seconds);

  T_ASC_Association& association_;
  AssociationContext context_;
  std::string peer_, address_;
};

}  // namespace lanet
