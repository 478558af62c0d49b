#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace lanet {

/// What a request's first lines may cost.
struct HeadLimits {
  std::size_t head_bytes = 16 << 10;
  std::size_t target_bytes = 2048;
  std::size_t lines = 64;
  std::uint64_t body_bytes = 64ULL << 20;  // a longer Content-Length is refused before the body is read
};

/// A head that was checked, rewritten for the HTTP library below.
struct RequestHead {
  std::string method;
  std::string text;  // request line and header lines with their blank line
  bool keep_alive = true;
  bool has_body = false;
};

/// Why a head is refused.
struct HeadRefusal {
  int status = 400;
  std::string message;
};

/// Header under which the client's Content-Type is passed on: the library's own parser of forms, which sets no bound to
/// what it keeps, must not see one.
inline constexpr const char* kContentType = "X-Lanet-Content-Type";

/// Strict reading of RFC 9112, sections 3 to 6: one blank after each part, CRLF line ends, no folding, one Host, one
/// Content-Length of digits or "Transfer-Encoding: chunked" but not both, a body only with POST and PUT, no compressed
/// body. `head`: up to and with the blank line. Range, If-Range and Accept-Encoding are left out of the result.
std::variant<RequestHead, HeadRefusal> check_request_head(std::string_view head, const HeadLimits& limits);

}  // namespace lanet
