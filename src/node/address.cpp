#include "node/address.hpp"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr int kDicomPort = 104, kDicomTlsPort = 2762, kHttpPort = 80, kHttpsPort = 443;
constexpr const char* kForms = "dicom://AET@HOST:PORT, dicoms://AET@HOST:PORT or https://HOST/PATH/studies";

struct Scheme {
  const char* begin;
  DestinationAddress::Kind kind;
  bool tls;
  int port;
};
constexpr Scheme kSchemes[] = {{"dicoms://", DestinationAddress::Kind::kDicom, true, kDicomTlsPort},
                               {"dicom://", DestinationAddress::Kind::kDicom, false, kDicomPort},
                               {"https://", DestinationAddress::Kind::kWeb, true, kHttpsPort},
                               {"http://", DestinationAddress::Kind::kWeb, false, kHttpPort},
                               {"", DestinationAddress::Kind::kDicom, false, kDicomPort}};

[[noreturn]] void refuse(const std::string& place, const std::string& text, const std::string& expected) {
  throw ConfigError({place, "'" + text + "'", expected, ""});
}

std::uint16_t read_port(const std::string& text, const std::string& place) {
  const bool digits = !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), ::isdigit);
  const int port = digits ? std::stoi(text) : 0;
  if (port < 1 || port > 65535) refuse(place, text, "a port, 1..65535");
  return static_cast<std::uint16_t>(port);
}

bool is_host(const std::string& host) {
  constexpr std::size_t kLongest = 253;
  return !host.empty() && host.size() <= kLongest && std::all_of(host.begin(), host.end(), [](unsigned char letter) {
    return std::isalnum(letter) || letter == '-' || letter == '.' || letter == '_';
  });
}

bool is_path(const std::string& path) {
  return path.starts_with("/") && std::all_of(path.begin(), path.end(), [](unsigned char letter) {
           return std::isgraph(letter) && letter != '?' && letter != '#';
         });
}

}  // namespace

DestinationAddress parse_address(const std::string& text, const std::string& place) {
  const Scheme& scheme = *std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                       [&](const Scheme& one) { return text.starts_with(one.begin); });
  DestinationAddress address{scheme.kind, scheme.tls, "", "", static_cast<std::uint16_t>(scheme.port), ""};
  std::string rest = text.substr(std::string(scheme.begin).size());
  if (rest.find("://") != std::string::npos) refuse(place, text, kForms);
  if (address.kind == DestinationAddress::Kind::kWeb) {
    const std::size_t slash = rest.find('/');
    address.path = slash == std::string::npos ? "" : rest.substr(slash);
    rest = rest.substr(0, slash);
    if (rest.find('@') != std::string::npos)
      throw ConfigError({place, "a name in the URL", "none", "use user and password_file, or token_file"});
    if (!is_path(address.path)) refuse(place, text, "https://HOST/PATH/studies");
  } else {
    const std::size_t at = rest.rfind('@');
    if (at == std::string::npos) refuse(place, text, kForms);
    address.ae_title = rest.substr(0, at);
    require_ae_title(place, address.ae_title);
    rest = rest.substr(at + 1);
  }
  if (const std::size_t colon = rest.find(':'); colon != std::string::npos) {
    address.port = read_port(rest.substr(colon + 1), place);
    rest = rest.substr(0, colon);
  }
  address.host = rest;
  if (!is_host(address.host)) refuse(place, text, kForms);
  return address;
}

void require_ae_title(const std::string& place, const std::string& title) {
  constexpr std::size_t kLongest = 16;
  const bool printable = std::all_of(title.begin(), title.end(), [](unsigned char letter) {
    return letter >= ' ' && letter < 127 && letter != '\\' && letter != '@' && letter != '/';
  });
  const bool blank = title.find_first_not_of(' ') == std::string::npos;
  if (!printable || blank || title.size() > kLongest || title.front() == ' ' || title.back() == ' ')
    throw ConfigError({place, "'" + title + "'", "an AE title: 1 to 16 letters, digits and signs", ""});
}

void require_ipv4(const std::string& place, const std::string& address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, address.c_str(), &parsed) != 1)
    throw ConfigError({place, "'" + address + "'", "an IPv4 address such as 127.0.0.1 or 0.0.0.0", ""});
}

bool is_uid(const std::string& text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::isdigit(static_cast<unsigned char>(text.front())) &&
         text.back() != '.' && text.find("..") == std::string::npos &&
         text.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace lanet
