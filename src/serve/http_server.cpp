#include "serve/http_server.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kRequestsTold = 100'000;  // of one connection; the library names a number, there is none

/// Whether the request that this thread answers left a part of its body unread: what follows on the connection is then
/// no request.
thread_local bool body_is_left = false;

SystemError cannot_listen(const std::string& address, int port, const std::string& reason) {
  return SystemError({"http://" + address + ":" + std::to_string(port), "cannot listen (" + reason + ")",
                      "an address of this machine and a free port", "choose another --port, or 0 for a free one"});
}

/// A listening socket, or -1 with errno.
int listen_on(const addrinfo& info) {
  const int socket = ::socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol);
  if (socket < 0) return -1;
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket, info.ai_addr, info.ai_addrlen) == 0 && ::listen(socket, kBacklog) == 0) return socket;
  const int reason = errno;
  ::close(socket);
  errno = reason;
  return -1;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

HttpServer::HttpServer(const HttpLimits& limits, HandleRequest handle, DescribeRefusal refuse)
    : limits_(limits), handle_(std::move(handle)), refuse_(std::move(refuse)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0)
    throw SystemError(
        {"server", std::string("no descriptor (") + std::strerror(errno) + ")", "some free ones", "raise ulimit -n"});
  limits_.connection.head_bytes = limits_.head.head_bytes;
  limits_.connection.body_bytes = limits_.head.body_bytes;
  // Connection decides when one is idle too long; these two only tell the client.
  set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(limits_.connection.idle_time).count());
  set_keep_alive_max_count(kRequestsTold);
  add_routes();
}

HttpServer::~HttpServer() {
  stop();
  std::unique_lock lock(mutex_);
  closed_.wait(lock, [this] { return open_ == 0; });
  if (listener_ >= 0) ::close(listener_);
  ::close(stop_);
}

void HttpServer::add_routes() {
  const std::string everything = "[^]*";
  const auto without_body = [this](const httplib::Request& request, httplib::Response& response) {
    answer(request, response, nullptr);
  };
  const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) { answer(request, response, &reader); };
  // Every request is taken before the library's own routing, which matches regular expressions against the path; only
  // bodies are handed out by a route.
  set_pre_routing_handler([without_body](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
      return HandlerResponse::Unhandled;
    without_body(request, response);
    return HandlerResponse::Handled;
  });
  Post(everything, with_body);
  Put(everything, with_body);
  Patch(everything, with_body);
}

void HttpServer::answer(const httplib::Request& request, httplib::Response& response,
                        const httplib::ContentReader* reader) {
  body_is_left = reader != nullptr && request.get_header_value("Content-Length") != "0";
  if (!body_is_left) return handle_(request, response, nullptr);
  const httplib::ContentReader noting(
      [reader](httplib::ContentReceiver receiver) {
        const bool complete = (*reader)(std::move(receiver));
        body_is_left = !complete;
        return complete;
      },
      nullptr);
  handle_(request, response, &noting);
  if (body_is_left) response.set_header("Connection", "close");
}

int HttpServer::bind(const std::string& address, int port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const int code = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) throw cannot_listen(address, port, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  for (const addrinfo* info = found; info && listener_ < 0; info = info->ai_next) listener_ = listen_on(*info);
  if (listener_ < 0) throw cannot_listen(address, port, std::strerror(errno));
  return port_of(listener_);
}

void HttpServer::run() {
  LingeringSockets refused;
  for (std::vector<pollfd> wanted;;) {
    wanted = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
    refused.append_to(wanted);
    if (::poll(wanted.data(), wanted.size(), refused.milliseconds_to_wait()) < 0) continue;
    if (wanted[1].revents != 0) break;
    refused.settle(wanted.data() + 2);
    if (wanted[0].revents != 0) accept_one(refused);
  }
  ::close(listener_);
  listener_ = -1;
  std::unique_lock lock(mutex_);
  closed_.wait(lock, [this] { return open_ == 0; });
}

void HttpServer::stop() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof one) < 0) return;  // it can only be full, and then stopped long ago
}

void HttpServer::accept_one(LingeringSockets& refused) {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // no descriptors left: others will be closed
    return;
  }
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (open_ >= limits_.connections) {
    Connection connection(socket, stop_, limits_.connection);
    refuse_request(connection, 503, "too many connections at a time; try again");
    return refused.add(socket);
  }
  ++open_;
  try {
    std::thread([this, socket] { serve_socket(socket); }).detach();
  } catch (const std::system_error&) {
    ::close(socket);
    --open_;
  }
}

void HttpServer::serve_socket(int socket) {
  try {
    Connection connection(socket, stop_, limits_.connection);
    serve_requests(connection);
  } catch (const std::exception&) {  // no memory for the connection itself: it ends, the others go on
  }
  ::close(socket);
  const std::lock_guard lock(mutex_);
  --open_;
  closed_.notify_all();
}

void HttpServer::serve_requests(Connection& connection) {
  std::string head;
  for (;;) {
    switch (connection.read_head(head)) {
      case Connection::Head::kClosed:
        return;
      case Connection::Head::kTooLong:
        refuse_request(connection, 431, "a head longer than " + std::to_string(limits_.head.head_bytes) + " bytes");
        return connection.linger();
      case Connection::Head::kTooSlow:
        refuse_request(connection, 408, "a head that took too long");
        return connection.linger();
      case Connection::Head::kComplete:
        if (!serve_request(connection, head)) return connection.linger();
    }
  }
}

/// Whether the connection can take another request.
bool HttpServer::serve_request(Connection& connection, const std::string& head) {
  const auto checked = check_request_head(head, limits_.head);
  if (const auto* refusal = std::get_if<HeadRefusal>(&checked))
    return refuse_request(connection, refusal->status, refusal->message);
  const auto& good = std::get<RequestHead>(checked);
  connection.begin_request(good.text);
  body_is_left = good.has_body;
  bool closed = false;
  const bool written = process_request(connection, !good.keep_alive, closed, nullptr);
  return written && good.keep_alive && !closed && !body_is_left;
}

bool HttpServer::refuse_request(Connection& connection, int status, const std::string& message) {
  httplib::Response response;
  refuse_(status, message, response);
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Refused\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n" + response.body;
  connection.write(text.data(), text.size());
  return false;
}

}  // namespace lanet
