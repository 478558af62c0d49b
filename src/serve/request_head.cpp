#include "serve/request_head.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::array kMethods{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
constexpr std::size_t kLengthDigits = 15;

bool is_token_character(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_value_character(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return code == '\t' || (code >= 0x20 && code != 0x7F);
}

bool is_target_character(char letter) { return letter > 0x20 && letter < 0x7F && letter != '#'; }

/// Reads the lines of one head.
class HeadReader {
 public:
  HeadReader(std::string_view head, const HeadLimits& limits) : rest_(head), limits_(limits) {}

  std::variant<RequestHead, HeadRefusal> read() {
    if (const auto line = next_line(); !line || !read_request_line(*line)) return refusal_or("no request line");
    for (std::size_t count = 0;; ++count) {
      const auto line = next_line();
      if (!line) return refusal_or("a head without end");
      if (line->empty()) break;
      if (count == limits_.lines)
        return HeadRefusal{431, "more than " + std::to_string(limits_.lines) + " header lines"};
      if (!read_header(*line)) return refusal_or("a header line that is none");
    }
    if (!check_body()) return *refusal_;
    if (!old_version_ && hosts_ == 0) return HeadRefusal{400, "no Host header"};
    if (old_version_ && !asked_keep_alive_) head_.keep_alive = false;
    head_.text += "\r\n";
    return head_;
  }

 private:
  HeadRefusal refusal_or(const std::string& message) const { return refusal_.value_or(HeadRefusal{400, message}); }

  bool refuse(int status, const std::string& message) {
    if (!refusal_) refusal_ = HeadRefusal{status, message};
    return false;
  }

  std::optional<std::string_view> next_line() {
    const std::size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  bool read_request_line(std::string_view line) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return false;
    const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    if (!is_token(method)) return false;
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
      return refuse(400, "a version other than HTTP/1.0 and HTTP/1.1");
    if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end())
      return refuse(405, "a method that is not known here");
    if (target.size() > limits_.target_bytes)
      return refuse(414, "an address longer than " + std::to_string(limits_.target_bytes) + " bytes");
    if (target.empty() || target.front() != '/' || !std::all_of(target.begin(), target.end(), is_target_character))
      return refuse(400, "an address that does not begin with / or holds characters that must be escaped");
    old_version_ = version == "HTTP/1.0";
    head_.method = method;
    head_.text = std::string(line) + "\r\n";
    return true;
  }

  bool read_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string name = to_lower(line.substr(0, colon));
    const std::string value = trim(line.substr(colon + 1));
    if (!is_token(name) || !std::all_of(value.begin(), value.end(), is_value_character)) return false;
    return keep_header(name, value);
  }

  /// Notes what a header means for the connection, and passes it on.
  bool keep_header(const std::string& name, const std::string& value) {
    if (name == "range" || name == "if-range" || name == "accept-encoding" || name == to_lower(kContentType))
      return true;
    if (name == "content-type") return pass(kContentType, value);
    if (name == "content-length") return note_length(value) && pass(name, value);
    if (name == "transfer-encoding") return note_encoding(value) && pass(name, "chunked");
    if (name == "content-encoding" && to_lower(value) != "identity")
      return refuse(415, "a compressed body; send it as it is");
    if (name == "expect" && to_lower(value) != "100-continue") return refuse(417, "an Expect other than 100-continue");
    if (name == "host" && ++hosts_ > 1) return refuse(400, "more than one Host header");
    if (name == "connection") note_connection(to_lower(value));
    return pass(name, value);
  }

  bool pass(const std::string& name, const std::string& value) {
    head_.text += name + ": " + value + "\r\n";
    return true;
  }

  bool note_length(const std::string& value) {
    const bool digits =
        !value.empty() && value.size() <= kLengthDigits &&
        std::all_of(value.begin(), value.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
    if (length_ || !digits) return refuse(400, "a Content-Length that is no single number");
    std::uint64_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    length_ = length;
    return true;
  }

  bool note_encoding(const std::string& value) {
    if (chunked_ || old_version_ || to_lower(value) != "chunked")
      return refuse(400, "a Transfer-Encoding other than chunked");
    chunked_ = true;
    return true;
  }

  void note_connection(const std::string& value) {
    if (value.find("close") != std::string::npos) head_.keep_alive = false;
    if (value.find("keep-alive") != std::string::npos) asked_keep_alive_ = true;
  }

  bool check_body() {
    if (length_ && chunked_) return refuse(400, "both Content-Length and Transfer-Encoding");
    head_.has_body = chunked_ || length_.value_or(0) > 0;
    const bool takes_body = head_.method == "POST" || head_.method == "PUT" || head_.method == "PATCH";
    if (head_.has_body && !takes_body) return refuse(400, "a body with " + head_.method);
    if (length_.value_or(0) > limits_.body_bytes)
      return refuse(413, "a body of " + std::to_string(*length_) + " bytes, but lanet takes at most " +
                             std::to_string(limits_.body_bytes));
    if (takes_body && !length_ && !chunked_) pass("content-length", "0");
    return true;
  }

  std::string_view rest_;
  const HeadLimits& limits_;
  RequestHead head_;
  std::optional<HeadRefusal> refusal_;
  std::optional<std::uint64_t> length_;
  int hosts_ = 0;
  bool chunked_ = false;
  bool old_version_ = false;
  bool asked_keep_alive_ = false;
};

}  // namespace

std::variant<RequestHead, HeadRefusal> check_request_head(std::string_view head, const HeadLimits& limits) {
  if (head.size() > limits.head_bytes)
    return HeadRefusal{431, "a head longer than " + std::to_string(limits.head_bytes) + " bytes"};
  return HeadReader(head, limits).read();
}

}  // namespace lanet
