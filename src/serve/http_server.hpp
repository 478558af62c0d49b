#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include <httplib.h>

#include "serve/connection.hpp"
#include "serve/lingering_sockets.hpp"
#include "serve/request_head.hpp"

namespace lanet {

/// Bounds on what clients may take.
struct HttpLimits {
  std::size_t connections = 128;  // at a time, a thread each
  HeadLimits head;
  ConnectionLimits connection;
};

/// One request as the server's user sees it. `reader` reads the body; null where there is none to read.
using HandleRequest = std::function<void(const httplib::Request& request, httplib::Response& response,
                                         const httplib::ContentReader* reader)>;
/// The answer to a request that never became one: fills headers and body of a status.
using DescribeRefusal = std::function<void(int status, const std::string& message, httplib::Response& response)>;

/// Accepts connections and speaks HTTP/1.1: the checks of request_head.hpp, the bounds of Connection, then cpp-httplib,
/// which reads bodies and writes answers. Of cpp-httplib's own server neither the accepting of connections (a failed
/// accept would end it) nor the parsing of ranges and forms (regular expressions that recurse over the input) is used.
class HttpServer : private httplib::Server {
 public:
  HttpServer(const HttpLimits& limits, HandleRequest handle, DescribeRefusal refuse);
  ~HttpServer() override;

  /// Listens; port 0: a free one. Returns the port. Throws SystemError.
  int bind(const std::string& address, int port);
  /// Answers until stop(), then returns when every request that was begun has its answer.
  void run();
  /// From any thread, any number of times.
  void stop();

  std::size_t open_connections() const { return open_.load(); }

 private:
  void add_routes();
  void answer(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader* reader);
  void accept_one(LingeringSockets& refused);
  void serve_socket(int socket);
  void serve_requests(Connection& connection);
  bool serve_request(Connection& connection, const std::string& head);
  bool refuse_request(Connection& connection, int status, const std::string& message);

  HttpLimits limits_;
  HandleRequest handle_;
  DescribeRefusal refuse_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd that is readable from stop() on
  std::atomic<std::size_t> open_{0};
  std::mutex mutex_;
  std::condition_variable closed_;
};

}  // namespace lanet
