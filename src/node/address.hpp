#pragma once

#include <cstdint>
#include <string>

namespace lanet {

/// Where objects can be sent.
struct DestinationAddress {
  enum class Kind { kDicom, kWeb };
  Kind kind = Kind::kDicom;
  bool tls = false;
  std::string ae_title;  // of a DICOM peer
  std::string host;
  std::uint16_t port = 0;
  std::string path;  // of a web server: "/dicom-web/studies"
};

/// Reads dicom://AET@HOST:PORT (104), dicoms://AET@HOST:PORT (2762, TLS), AET@HOST:PORT, http://HOST:PORT/PATH,
/// https://... Throws ConfigError for anything else; names and passwords in the URL are refused too.
DestinationAddress parse_address(const std::string& text, const std::string& place);

/// Throws ConfigError unless it is an AE title: 1 to 16 printable ASCII characters without backslash, not only spaces.
void require_ae_title(const std::string& place, const std::string& title);
/// Throws ConfigError unless it is an IPv4 address in numbers.
void require_ipv4(const std::string& place, const std::string& address);
/// Whether it is a UID (PS3.5 9.1): 1 to 64 digits and dots; safe as a file name.
bool is_uid(const std::string& text);

}  // namespace lanet
