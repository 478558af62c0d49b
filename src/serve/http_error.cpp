#include "serve/http_error.hpp"

#include <nlohmann/json.hpp>

namespace lanet {

std::string error_body(int status, const std::string& message) {
  const nlohmann::ordered_json body{{"error", {{"status", status}, {"message", message}}}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lanet
