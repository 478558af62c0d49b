#include "core/mapped_buffer.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.hpp"

namespace lanet {
namespace {

[[noreturn]] void refuse(const std::string& place, std::size_t bytes, int code) {
  throw SystemError({place, "no room for " + std::to_string(bytes) + " bytes (" + std::strerror(code) + ")",
                     "that much space", remedy_for_system_error(code)});
}

/// A file without a name in the folder, of that many bytes; the descriptor.
int nameless_file(const std::filesystem::path& folder, std::size_t bytes) {
  std::string name = (folder / "cache.XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) refuse(folder.string(), bytes, errno);
  ::unlink(name.c_str());
  // Reserved now: a disk that fills up later would end the process at a write to the mapping.
  if (const int code = ::posix_fallocate(file, 0, static_cast<off_t>(bytes)); code != 0) {
    ::close(file);
    refuse(folder.string(), bytes, code);
  }
  return file;
}

}  // namespace

MappedBuffer::MappedBuffer(std::size_t bytes) : size_(bytes) {
  if (bytes > 0) map(-1);
}

MappedBuffer::MappedBuffer(std::size_t bytes, const std::filesystem::path& folder) : size_(bytes), on_disk_(true) {
  if (bytes == 0) return;
  const int file = nameless_file(folder, bytes);
  try {
    map(file);
  } catch (...) {
    ::close(file);
    throw;
  }
  ::close(file);  // the mapping keeps it
}

void MappedBuffer::map(int file) {
  const int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* address = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, flags, file, 0);
  if (address == MAP_FAILED) refuse("memory", size_, errno);
  data_ = static_cast<std::uint8_t*>(address);
}

MappedBuffer::~MappedBuffer() {
  if (data_) ::munmap(data_, size_);
}

MappedBuffer::MappedBuffer(MappedBuffer&& other) noexcept { *this = std::move(other); }

MappedBuffer& MappedBuffer::operator=(MappedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(on_disk_, other.on_disk_);
  return *this;
}

}  // namespace lanet
