#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace lanet {

/// SHA-256 (FIPS 180-4) by OpenSSL, fed in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits of everything fed so far; the object must not be fed afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);
/// Digest of a file's content, read in pieces. Throws SystemError if it cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace lanet
