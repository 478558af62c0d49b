#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

namespace lanet {

/// A request on its way to a route.
struct Call {
  const httplib::Request& request;
  const httplib::ContentReader* reader = nullptr;  // null: no body
  std::vector<std::string> parts;                  // what stands for the {names} of the pattern, in order

  /// The value of a query parameter; "" without. Throws HttpError 400 where it is given twice.
  std::string text(const std::string& name) const;
  /// "true" or "false". Throws HttpError 400 for anything else.
  bool flag(const std::string& name, bool otherwise) const;
  /// A whole number low..high. Throws HttpError 400.
  std::int64_t number(const std::string& name, std::int64_t otherwise, std::int64_t low, std::int64_t high) const;
  /// A {frame} of the pattern: from 1. Throws HttpError 404 for what is no such number.
  std::int64_t frame_part(std::size_t index) const;
};

using HandleCall = std::function<void(Call& call, httplib::Response& response)>;

struct Route {
  std::string method;   // "GET" ...; GET also answers HEAD
  std::string pattern;  // "/v1/items/{id}"; a last {path...} takes the rest
  HandleCall handle;
};

/// Which route answers a request. Compares part by part: no regular expression sees what a client sends.
class Router {
 public:
  void add(const std::string& method, const std::string& pattern, HandleCall handle);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  // null: none
    std::vector<std::string> parts;
    std::vector<std::string> allowed;  // methods of routes with this path, where the method alone does not fit
  };
  Match match(const std::string& method, const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

/// 200 unless said otherwise. Letters that are no UTF-8 are replaced.
void reply_json(httplib::Response& response, const nlohmann::ordered_json& json, int status = 200);

}  // namespace lanet
