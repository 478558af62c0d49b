#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/settings.hpp"

namespace lanet {

/// What `lanet serve` offers and what it may cost.
struct ServeOptions {
  std::string address = "127.0.0.1";
  std::int64_t port = 8080;
  std::string token;                 // "": every request is answered, and only this machine may ask
  std::filesystem::path token_file;  // where the token stands; "": it is given, or there is none
  std::filesystem::path web;
  std::filesystem::path sample;
  std::filesystem::path labels = "labels";
  std::filesystem::path runs = "runs";
  std::filesystem::path experiments = "experiments";

  std::int64_t upload_bytes = 64LL << 20;
  std::int64_t job_bytes = 512LL << 20;
  std::int64_t receiving_bytes = 1LL << 30;
  std::int64_t image_pixels = 50'000'000;
  std::int64_t queue = 64;
  std::int64_t connections = 128;
  std::int64_t items = 2000;
  std::int64_t item_bytes = 1LL << 30;
  std::int64_t job_files = 5000;
  std::int64_t jobs = 50;
  double find_seconds = 30;
  double receive_seconds = 120;
  double head_seconds = 10;
  double idle_seconds = 15;

  /// The bounds, each with its comment: `lanet serve --set KEY=VALUE`.
  void visit(FieldVisitor& visitor);
  /// Throws ConfigError naming the field; also for an address beyond this machine without a token.
  void validate() const;
  bool is_loopback() const;
  /// Takes the token from `token_file`; a file that is not there is made, with a new token that only its owner can
  /// read. Does nothing without such a file. Throws ConfigError where a token is given too, DataError for a file that
  /// holds none, SystemError.
  void read_token_file();
};

/// The addresses under which other machines reach a server that listens on `address`: itself, or for 0.0.0.0 and ::
/// this machine's own addresses, its name last. IPv6 addresses in brackets. Never empty.
std::vector<std::string> reachable_hosts(const std::string& address);

}  // namespace lanet
