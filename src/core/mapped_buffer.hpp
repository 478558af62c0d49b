#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace lanet {

/// Zeroed bytes in memory, or in a nameless temporary file that is mapped: the system then moves to disk what memory
/// cannot hold. The file is gone with the process, however that ends.
class MappedBuffer {
 public:
  MappedBuffer() = default;
  /// In memory. Throws SystemError where there is not enough.
  explicit MappedBuffer(std::size_t bytes);
  /// In a file in `folder`, its space reserved. Throws SystemError, also for a full disk.
  MappedBuffer(std::size_t bytes, const std::filesystem::path& folder);
  ~MappedBuffer();
  MappedBuffer(MappedBuffer&& other) noexcept;
  MappedBuffer& operator=(MappedBuffer&& other) noexcept;
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;

  std::span<std::uint8_t> bytes() { return {data_, size_}; }
  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
  bool on_disk() const { return on_disk_; }

 private:
  void map(int file);

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  bool on_disk_ = false;
};

}  // namespace lanet
