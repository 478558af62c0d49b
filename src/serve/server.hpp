#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "serve/serve_options.hpp"
#include "serve/work_queue.hpp"

namespace lanet {

struct Api;
class HttpServer;
class Router;

/// `lanet serve`: the page and the interface of docs/api.md on an address.
class Server {
 public:
  /// One line an answer: method, route (never the address that was asked for, which may name a patient), ids, status,
  /// time. Called by many threads.
  using Log = std::function<void(const std::string& line)>;

  /// Opens the first model and listens. Throws ConfigError, SystemError, DataError.
  Server(std::vector<ModelSource> models, const ServeOptions& options, Log log);
  ~Server();

  /// "http://127.0.0.1:8080/": addresses that a browser can open, the best first; several where it listens on all of
  /// this machine's.
  std::vector<std::string> urls() const;
  std::string url() const { return urls().front(); }
  int port() const { return port_; }
  /// Answers until stop(); then every request that has begun gets its answer.
  void run();
  /// From any thread, any number of times.
  void stop();

 private:
  ServeOptions options_;
  Log log_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> http_;
  int port_ = 0;
};

}  // namespace lanet
