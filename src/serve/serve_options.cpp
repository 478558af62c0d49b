#include "serve/serve_options.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// 24 random bytes as hexadecimal digits, in a file that only its owner may read.
void write_new_token(const fs::path& file) {
  std::array<unsigned char, 24> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw SystemError({file.string(), "no random bytes from the system", "", "give a token by --token"});
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  text += "\n";
  if (file.has_parent_path()) create_folders(file.parent_path());
  // O_EXCL: nothing that came meanwhile is written over, and no link is followed.
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written)
    throw SystemError({file.string(), std::string("cannot be written (") + std::strerror(code) + ")", "a writable file",
                       remedy_for_system_error(code)});
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address->sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) ? text.data() : "";
}

/// Addresses of this machine's networks that are up: IPv4, with `six` IPv6 too; neither loopback nor of one link alone.
std::vector<std::string> own_addresses(bool six) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  std::vector<std::string> found;
  for (const ifaddrs* each = first; each; each = each->ifa_next) {
    if (!each->ifa_addr || !(each->ifa_flags & IFF_UP) || (each->ifa_flags & IFF_LOOPBACK)) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && !(six && family == AF_INET6)) continue;
    const std::string text = text_of(each->ifa_addr);
    if (!text.empty() && !text.starts_with("fe80")) found.push_back(text);
  }
  return found;
}

/// Whether a host name resolves to one of this machine's own addresses.
bool name_leads_here(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &wanted, &first) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
  const std::vector<std::string> own = own_addresses(true);
  for (const addrinfo* each = first; each; each = each->ai_next)
    if ((each->ai_family == AF_INET || each->ai_family == AF_INET6) &&
        std::find(own.begin(), own.end(), text_of(each->ai_addr)) != own.end())
      return true;
  return false;
}

}  // namespace

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
    throw ConfigError({"--address", address + " without a token", "127.0.0.1, ::1 or localhost, or a token",
                       "anybody who reaches the address could use the server: say --token-file FILE, which makes one"});
  for (const char letter : token)
    if (letter <= 0x20 || letter >= 0x7F)
      throw ConfigError({"--token", "a blank or a letter beyond ASCII", "letters, digits and signs", ""});
}

bool ServeOptions::is_loopback() const {
  const bool numeric = address.find_first_not_of("0123456789.") == std::string::npos;
  return address == "localhost" || address == "::1" || (numeric && address.starts_with("127."));
}

void ServeOptions::read_token_file() {
  if (token_file.empty()) return;
  if (!token.empty())
    throw ConfigError({"--token-file", "a token by --token or LANET_TOKEN too", "one of them", "leave one out"});
  std::error_code code;
  if (!fs::exists(token_file, code)) write_new_token(token_file);
  token = trim(read_text_file(token_file));
  if (token.empty() || token.find_first_of(" \t\r\n") != std::string::npos)
    throw DataError({token_file.string(), token.empty() ? "an empty file" : "several words", "the token alone",
                     "name a file that is not there: a token is made in it"});
}

std::vector<std::string> reachable_hosts(const std::string& address) {
  const bool any4 = address == "0.0.0.0", any6 = address == "::";
  const auto bracketed = [](const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
  };
  if (!any4 && !any6) return {bracketed(address)};
  std::vector<std::string> hosts;
  for (const std::string& own : own_addresses(any6)) hosts.push_back(bracketed(own));
  // The name comes last: other machines may not know it, and one that does not lead back here helps nobody.
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0 && name_leads_here(name.data())) hosts.emplace_back(name.data());
  if (hosts.empty()) hosts.emplace_back(any6 ? "[::1]" : "127.0.0.1");
  return hosts;
}

}  // namespace lanet
