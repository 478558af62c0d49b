#include "serve/serve_options.hpp"

#include "core/error.hpp"

namespace lanet {

void ServeOptions::visit(FieldVisitor& visitor) {
  visitor.field("upload_bytes", upload_bytes, "largest image or DICOM object of one request");
  visitor.field("job_bytes", job_bytes, "largest body of a job");
  visitor.field("receiving_bytes", receiving_bytes, "of all bodies that are received or worked on at one time");
  visitor.field("image_pixels", image_pixels, "largest image");
  visitor.field("queue", queue, "images that may wait for the network; more are answered 503");
  visitor.field("connections", connections, "at one time");
  visitor.field("items", items, "images and DICOM objects that are kept; the oldest without correction goes first");
  visitor.field("item_bytes", item_bytes, "of all that are kept");
  visitor.field("job_files", job_files, "files of one job");
  visitor.field("jobs", jobs, "jobs that are waiting, running or remembered");
  visitor.field("find_seconds", find_seconds, "longest wait for a finding");
  visitor.field("receive_seconds", receive_seconds, "for receiving a body");
  visitor.field("head_seconds", head_seconds, "for receiving a request's first lines");
  visitor.field("idle_seconds", idle_seconds, "until a connection without request is closed");
}

void ServeOptions::validate() const {
  require_range("--port", static_cast<double>(port), 0, 65535);
  const auto at_least = [](const char* key, std::int64_t value, double low, double high) {
    require_range(key, static_cast<double>(value), low, high);
  };
  at_least("upload_bytes", upload_bytes, 1024, 4e9);
  at_least("job_bytes", job_bytes, 1024, 1e11);
  at_least("receiving_bytes", receiving_bytes, 1024, 1e12);
  at_least("image_pixels", image_pixels, 1, 1e9);
  at_least("queue", queue, 1, 100'000);
  at_least("connections", connections, 1, 10'000);
  at_least("items", items, 1, 1e6);
  at_least("item_bytes", item_bytes, 1024, 1e13);
  at_least("job_files", job_files, 1, 1e6);
  at_least("jobs", jobs, 1, 10'000);
  require_range("find_seconds", find_seconds, 0.01, 3600);
  require_range("receive_seconds", receive_seconds, 0.1, 3600);
  require_range("head_seconds", head_seconds, 0.1, 600);
  require_range("idle_seconds", idle_seconds, 0.1, 600);
  if (!is_loopback() && token.empty())
    throw ConfigError({"--address", address + " without a token", "127.0.0.1, ::1 or localhost, or --token",
                       "anybody who reaches the address could use the server"});
  for (const char letter : token)
    if (letter <= 0x20 || letter >= 0x7F)
      throw ConfigError({"--token", "a blank or a letter beyond ASCII", "letters, digits and signs", ""});
}

bool ServeOptions::is_loopback() const {
  const bool numeric = address.find_first_not_of("0123456789.") == std::string::npos;
  return address == "localhost" || address == "::1" || (numeric && address.starts_with("127."));
}

}  // namespace lanet
