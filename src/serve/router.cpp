#include "serve/router.hpp"

#include <algorithm>
#include <charconv>

#include "core/text.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<std::vector<std::string>> fit(const std::string& pattern, const std::vector<std::string>& path) {
  const std::vector<std::string> wanted = split_text(pattern, '/');
  const bool takes_rest = wanted.back().ends_with("...}");
  if (takes_rest ? path.size() < wanted.size() : path.size() != wanted.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    if (takes_rest && index + 1 == wanted.size()) {
      parts.push_back(join_text({path.begin() + static_cast<std::ptrdiff_t>(index), path.end()}, "/"));
    } else if (wanted[index].starts_with("{")) {
      if (path[index].empty()) return std::nullopt;
      parts.push_back(path[index]);
    } else if (wanted[index] != path[index]) {
      return std::nullopt;
    }
  }
  return parts;
}

}  // namespace

std::string Call::text(const std::string& name) const {
  if (request.get_param_value_count(name) > 1) throw HttpError(400, name + ": given twice, but lanet needs it once");
  return request.get_param_value(name);
}

bool Call::flag(const std::string& name, bool otherwise) const {
  if (!request.has_param(name)) return otherwise;
  const std::string value = text(name);
  if (value == "true") return true;
  if (value == "false") return false;
  throw HttpError(400, name + ": lanet needs true or false");
}

std::int64_t Call::number(const std::string& name, std::int64_t otherwise, std::int64_t low, std::int64_t high) const {
  if (!request.has_param(name)) return otherwise;
  const auto value = whole_number(text(name));
  if (value && *value >= low && *value <= high) return *value;
  throw HttpError(400, name + ": lanet needs a whole number " + std::to_string(low) + ".." + std::to_string(high));
}

std::int64_t Call::frame_part(std::size_t index) const {
  const auto value = whole_number(parts.at(index));
  if (!value || *value < 1) throw HttpError(404, "no such frame; frames are counted from 1");
  return *value;
}

void Router::add(const std::string& method, const std::string& pattern, HandleCall handle) {
  routes_.push_back({method, pattern, std::move(handle)});
}

Router::Match Router::match(const std::string& method, const std::string& path) const {
  Match match;
  const std::vector<std::string> path_parts = split_text(path, '/');
  for (const Route& route : routes_) {
    auto parts = fit(route.pattern, path_parts);
    if (!parts) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return {&route, std::move(*parts), {}};
    match.allowed.push_back(route.method);
  }
  return match;
}

void reply_json(httplib::Response& response, const nlohmann::ordered_json& json, int status) {
  response.status = status;
  response.set_content(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "application/json");
}

}  // namespace lanet
