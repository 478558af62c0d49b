#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lanet {

/// A zip archive in memory.
class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Throws SystemError.
  void add(const std::string& name, std::string_view bytes);
  /// The archive; nothing may be added afterwards. Throws SystemError.
  std::string finish();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lanet
