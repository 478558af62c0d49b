#include "serve/server.hpp"

#include <new>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "serve/access.hpp"
#include "serve/api.hpp"
#include "serve/http_error.hpp"
#include "serve/http_server.hpp"

namespace lanet {
namespace {

using Clock = std::chrono::steady_clock;

void describe_error(httplib::Response& response, const HttpError& error) {
  response.status = error.status();
  response.set_content(error_body(error.status(), error.what()), "application/json");
  if (error.retry_after_s() > 0) response.set_header("Retry-After", std::to_string(error.retry_after_s()));
  if (error.status() == 401) response.set_header("WWW-Authenticate", "Bearer");
}

/// What an exception means to the client.
HttpError http_error_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const HttpError& error) {
    return error;
  } catch (const DataError& error) {
    return HttpError(422, error.what());
  } catch (const ConfigError& error) {
    return HttpError(400, error.what());
  } catch (const SystemError& error) {
    return HttpError(507, error.what());
  } catch (const std::bad_alloc&) {
    return HttpError(503, "not enough memory for this; try again, or send less", 5);
  } catch (const std::exception& error) {
    return HttpError(500, std::string("a fault of the server (") + error.what() + ")");
  } catch (...) {
    return HttpError(500, "a fault of the server");
  }
}

void route(const Router& router, const ServeOptions& options, Call& call, std::string& pattern,
           httplib::Response& response) {
  const httplib::Request& request = call.request;
  Router::Match match = router.match(request.method, request.path);
  if (match.route) pattern = match.route->pattern;
  check_access(request, options);
  if (match.route) {
    call.parts = std::move(match.parts);
    return match.route->handle(call, response);
  }
  if (match.allowed.empty()) throw HttpError(404, "no such address; see /openapi.json");
  response.set_header("Allow", join_text(match.allowed, ", "));
  throw HttpError(405, "method " + request.method + ", but this address takes " + join_text(match.allowed, " or "));
}

HttpLimits http_limits(const ServeOptions& options) {
  const auto time = [](double seconds) { return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)); };
  HttpLimits limits;
  limits.connections = static_cast<std::size_t>(options.connections);
  limits.head.body_bytes = static_cast<std::uint64_t>(std::max(options.job_bytes, options.upload_bytes));
  limits.connection.head_time = time(options.head_seconds);
  limits.connection.body_time = time(options.receive_seconds);
  limits.connection.idle_time = time(options.idle_seconds);
  return limits;
}

std::string log_line(const std::string& method, const std::string& pattern, int status, double seconds,
                     std::size_t bytes) {
  return utc_now() + " " + method + " " + pattern + " " + std::to_string(status) + " " + fixed(seconds * 1000, 1) +
         " ms " + std::to_string(bytes) + " B";
}

}  // namespace

Api::Api(std::vector<ModelSource> models, const ServeOptions& chosen)
    : options(chosen),
      receiving(static_cast<std::uint64_t>(chosen.receiving_bytes)),
      assets(chosen.web),
      labels(chosen.labels),
      room(std::move(models), chosen),
      jobs(room, static_cast<std::size_t>(chosen.jobs), static_cast<std::size_t>(chosen.job_files),
           [this](Item& item) { item.labels = labels.saved(item); }) {}

Router make_router(Api& api) {
  Router router;
  for (const auto add : {add_page_routes, add_finding_routes, add_item_routes, add_download_routes, add_job_routes,
                         add_label_routes, add_model_routes, add_run_routes, add_system_routes})
    add(router, api);
  return router;
}

Server::Server(std::vector<ModelSource> models, const ServeOptions& options, Log log)
    : options_(options), log_(std::move(log)) {
  options_.validate();
  api_ = std::make_unique<Api>(std::move(models), options_);
  router_ = std::make_unique<Router>(make_router(*api_));
  const auto handle = [this](const httplib::Request& request, httplib::Response& response,
                             const httplib::ContentReader* reader) {
    const auto begin = Clock::now();
    Call call{request, reader, {}};
    std::string pattern = "-";
    try {
      route(*router_, options_, call, pattern, response);
    } catch (...) {
      describe_error(response, http_error_of(std::current_exception()));
    }
    if (response.status < 0) response.status = 200;
    if (!response.has_header("Content-Security-Policy")) add_security_headers(response, ContentKind::kAnswer);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    api_->metrics.count(request.method, pattern, response.status, seconds);
    api_->connections = http_->open_connections();
    log_(log_line(request.method, pattern, response.status, seconds, response.body.size()));
  };
  const auto refuse = [this](int status, const std::string& message, httplib::Response& response) {
    describe_error(response, HttpError(status, message, status == 503 ? 1 : 0));
    if (status == 405) response.set_header("Allow", "GET, HEAD, POST, PUT, DELETE");
    add_security_headers(response, ContentKind::kAnswer);
    api_->metrics.count("-", "-", status, 0);
    log_(log_line("-", "-", status, 0, response.body.size()));
  };
  http_ = std::make_unique<HttpServer>(http_limits(options_), handle, refuse);
  port_ = http_->bind(options_.address, static_cast<int>(options_.port));
  if (!options_.sample.empty())
    for (const auto& item : api_->room.add_samples(options_.sample)) {
      auto labels = api_->labels.saved(*item);
      if (labels.empty()) continue;
      api_->room.items().keep(item->id, true);
      const std::lock_guard lock(item->mutex);
      item->labels = std::move(labels);
    }
}

Server::~Server() = default;

std::vector<std::string> Server::urls() const {
  std::vector<std::string> all;
  for (const std::string& host : reachable_hosts(options_.address))
    all.push_back("http://" + host + ":" + std::to_string(port_) + "/");
  return all;
}

void Server::run() {
  http_->run();
  api_->room.close();
}

void Server::stop() {
  api_->stopping = true;
  http_->stop();
}

}  // namespace lanet
