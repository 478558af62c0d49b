#include "serve/access.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

bool is_open_to_all(const std::string& path) {
  return path == "/" || path.starts_with("/assets/") || path == "/openapi.json" || path == "/v1/health" ||
         path == "/favicon.ico";
}

/// In a time that does not tell how much of it was right.
bool same_secret(const std::string& first, const std::string& second) {
  unsigned difference = first.size() == second.size() ? 0 : 1;
  for (std::size_t index = 0; index < first.size(); ++index)
    difference |= static_cast<unsigned char>(first[index]) ^
                  static_cast<unsigned char>(second.empty() ? 0 : second[index % second.size()]);
  return difference == 0;
}

/// "name:8080" -> "name"; "[::1]:8080" -> "[::1]".
std::string without_port(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return to_lower(has_port ? host.substr(0, colon) : host);
}

bool is_own_name(const std::string& host) {
  constexpr std::array kNames{"localhost", "127.0.0.1", "[::1]"};
  return std::find(kNames.begin(), kNames.end(), without_port(host)) != kNames.end();
}

void check_origin(const httplib::Request& request) {
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  const bool navigation = request.method == "GET" && request.get_header_value("Sec-Fetch-Mode") == "navigate";
  if (!site.empty() && site != "same-origin" && site != "none" && !navigation)
    throw HttpError(403, "Sec-Fetch-Site: a request of another page; open the page of this server");
  const std::string origin = request.get_header_value("Origin");
  if (!origin.empty() && to_lower(origin) != "http://" + to_lower(request.get_header_value("Host")))
    throw HttpError(403, "Origin: a request of another page; open the page of this server");
}

}  // namespace

void check_access(const httplib::Request& request, const ServeOptions& options) {
  if (options.token.empty()) {
    const std::string host = request.get_header_value("Host");
    if (!is_own_name(host) && without_port(host) != to_lower(options.address))
      throw HttpError(
          421,
          "Host: this server answers as localhost and 127.0.0.1 alone; give it a token to serve under another name");
    return check_origin(request);
  }
  if (is_open_to_all(request.path)) return;
  const std::string sent = request.get_header_value("Authorization");
  if (!same_secret(sent, "Bearer " + options.token))
    throw HttpError(401, "Authorization: this server needs Bearer and the token that it was started with");
}

void add_security_headers(httplib::Response& response, ContentKind kind) {
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  response.set_header("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  switch (kind) {
    case ContentKind::kPage:
      response.set_header("Content-Security-Policy",
                          "default-src 'self'; img-src 'self' blob: data:; frame-src 'self' blob:; object-src 'none'; "
                          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
      response.set_header("Cross-Origin-Opener-Policy", "same-origin");
      response.set_header("Cache-Control", "no-cache");
      break;
    case ContentKind::kAnswer:
      response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
      response.set_header("Cache-Control", "no-store");
      break;
    case ContentKind::kReport:  // one file with its styles inside; it may be shown within the page
      response.set_header(
          "Content-Security-Policy",
          "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'");
      response.set_header("Cache-Control", "no-store");
      break;
  }
}

}  // namespace lanet
