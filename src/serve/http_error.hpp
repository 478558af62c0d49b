#pragma once

#include <stdexcept>
#include <string>

namespace lanet {

/// A request that is answered with an error: {"error": {"status", "message"}}. what() is one line for the client.
class HttpError : public std::runtime_error {
 public:
  HttpError(int status, const std::string& message, int retry_after_s = 0)
      : std::runtime_error(message), status_(status), retry_after_s_(retry_after_s) {}

  int status() const { return status_; }
  /// Seconds after which trying again makes sense; 0: not said.
  int retry_after_s() const { return retry_after_s_; }

 private:
  int status_;
  int retry_after_s_;
};

/// The body of every error answer.
std::string error_body(int status, const std::string& message);

}  // namespace lanet
