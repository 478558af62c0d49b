#include "node/store_scp.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"
#include "node/association.hpp"
#include "node/tls.hpp"

namespace lanet {
namespace {

constexpr int kBacklog = 64, kLookMilliseconds = 250;

/// The connection of the association that this thread is about to accept.
thread_local ConnectionWatch::Connection* accepted_connection = nullptr;
thread_local std::int64_t request_seconds = 0;

/// Hands every accepted socket to the watch before a single byte is read from it.
template <class Layer>
class WatchedLayer final : public Layer {
 public:
  using Layer::Layer;
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    accepted_connection->attach(socket, ConnectionWatch::Clock::now() + std::chrono::seconds(request_seconds));
    return Layer::createConnection(socket, secure);
  }
};

}  // namespace

const std::vector<std::string>& accepted_classes() {
  static const std::vector<std::string> classes{
      UID_VerificationSOPClass,
      UID_UltrasoundImageStorage,
      UID_UltrasoundMultiframeImageStorage,
      UID_RETIRED_UltrasoundImageStorage,
      UID_RETIRED_UltrasoundMultiframeImageStorage,
      UID_SecondaryCaptureImageStorage,
      UID_MultiframeGrayscaleByteSecondaryCaptureImageStorage,
      UID_MultiframeGrayscaleWordSecondaryCaptureImageStorage,
      UID_MultiframeTrueColorSecondaryCaptureImageStorage,
  };
  return classes;
}

const std::vector<std::string>& accepted_syntaxes() {
  static const std::vector<std::string> syntaxes{
      UID_LittleEndianExplicitTransferSyntax,
      UID_LittleEndianImplicitTransferSyntax,
      UID_BigEndianExplicitTransferSyntax,
      UID_DeflatedExplicitVRLittleEndianTransferSyntax,
      UID_RLELosslessTransferSyntax,
      UID_JPEGProcess1TransferSyntax,
      UID_JPEGProcess2_4TransferSyntax,
      UID_JPEGProcess14TransferSyntax,
      UID_JPEGProcess14SV1TransferSyntax,
      UID_JPEGLSLosslessTransferSyntax,
      UID_JPEGLSLossyTransferSyntax,
      UID_JPEG2000LosslessOnlyTransferSyntax,
      UID_JPEG2000TransferSyntax,
  };
  return syntaxes;
}

StoreScp::StoreScp(const ListenOptions& listen, const NodeLimits& limits, ObjectTaker& taker)
    : listen_(listen), limits_(limits), peers_(PeerList::parse(listen.peers)), taker_(taker) {
  prepare_network();
  set_up_transport();
  open_port();
  // One more than there may be associations: it tells the next peer so.
  for (std::int64_t thread = 0; thread <= limits_.associations; ++thread) threads_.emplace_back([this] { serve(); });
}

StoreScp::~StoreScp() {
  watch_.end_all_by(ConnectionWatch::Clock::now() + std::chrono::seconds(limits_.stop_seconds));
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  ASC_dropNetwork(&network_);  // closes the socket
}

void StoreScp::set_up_transport() {
  if (!listen_.tls.enabled) {
    layer_ = std::make_unique<WatchedLayer<DcmTransportLayer>>();
    return;
  }
  auto layer =
      std::make_unique<WatchedLayer<DcmTLSTransportLayer>>(NET_ACCEPTOR, static_cast<const char*>(nullptr), OFFalse);
  configure_tls_server(*layer, listen_.tls);
  layer_ = std::move(layer);
}

void StoreScp::open_port() {
  const auto fail = [this](const char* what) {
    const int code = errno;
    if (socket_ >= 0) ::close(socket_);
    throw SystemError({listen_.bind + ":" + std::to_string(listen_.port),
                       std::string("cannot ") + what + " (" + std::strerror(code) + ")", "a free port",
                       code == EACCES ? "ports below 1024 need the capability net_bind_service" : "set listen.port"});
  };
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) fail("make a socket");
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(listen_.port));
  ::inet_pton(AF_INET, listen_.bind.c_str(), &address.sin_addr);
  socklen_t length = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0) fail("listen there");
  if (::listen(socket_, kBacklog) != 0) fail("listen there");
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  // DCMTK's own listener knows no address to bind to: its socket, on some free port, is replaced by this one.
  const OFCondition opened =
      ASC_initializeNetwork(NET_ACCEPTOR, 0, static_cast<int>(limits_.request_seconds), &network_);
  if (opened.bad()) fail(opened.text());
  const int theirs = DUL_networkSocket(network_->network);
  if (::dup3(socket_, theirs, O_CLOEXEC) != theirs) fail("take over the listener");
  ::close(std::exchange(socket_, theirs));
  ASC_setTransportLayer(network_, layer_.get(), 0);
}

void StoreScp::serve() {
  while (!stop_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, kLookMilliseconds) > 0 && !stop_) serve_one();
  }
}

void StoreScp::serve_one() {
  ConnectionWatch::Connection connection(watch_);
  accepted_connection = &connection;
  request_seconds = limits_.request_seconds;
  T_ASC_Association* association = nullptr;
  const OFCondition received = ASC_receiveAssociation(network_, &association, ASC_MAXIMUMPDUSIZE, nullptr, nullptr,
                                                      listen_.tls.enabled, DUL_NOBLOCK, 0);
  // A connection that ends before it has asked for anything comes back as good, without names.
  const bool asked = received.good() && association && *association->params->DULparams.calledAPTitle;
  if (asked) {
    const bool crowded = ++open_ > limits_.associations;
    try {
      Association(*association, {listen_, limits_, peers_, taker_, connection, stop_, crowded}).serve();
    } catch (const std::exception&) {  // the disk, or memory: this association's alone
      ASC_abortAssociation(association);
    }
    ASC_dropSCPAssociation(association, 1);
    --open_;
  } else if (connection.was_cut()) {
    taker_.refused("", "", "a connection that asked for nothing was cut");
  } else if (received.bad() && connection.is_attached()) {
    taker_.refused("", "", std::string("no association came of a connection: ") + received.text());
  }
  if (association) ASC_destroyAssociation(&association);
}

}  // namespace lanet
