#include "node/queue_folder.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/error.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& what, int code) {
  throw SystemError(
      {path.string(), "cannot " + what + " (" + std::strerror(code) + ")", "", remedy_for_system_error(code)});
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
    if (value_ < 0) fail(path, "open it", errno);
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

void write_all(int descriptor, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(path, "write the file", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync(int descriptor, const fs::path& path) {
  // Some file systems cannot sync a folder; that is no reason to refuse them.
  if (::fsync(descriptor) != 0 && errno != EINVAL) fail(path, "sync it", errno);
}

}  // namespace

void QueueFolder::create() const {
  for (const fs::path& folder : {receiving(), incoming(), working(), results(), done(), parked(), failed()})
    make_folder(folder);
}

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail(folder, "create the folder", code.value());
}

void write_synced(const fs::path& path, std::string_view bytes) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(file.get(), path, bytes);
  sync(file.get(), path);
}

void sync_file(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  sync(file.get(), path);
}

void sync_folder(const fs::path& folder) { sync_file(folder); }

void move_synced(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "move " + from.filename().string() + " there", errno);
  sync_folder(to.parent_path());
}

void append_to_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  write_all(file.get(), path, bytes);
}

std::string last_byte(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() <= 0) return "";
  file.seekg(-1, std::ios::end);
  return std::string(1, static_cast<char>(file.get()));
}

std::int64_t free_bytes(const fs::path& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) fail(folder, "look at its disk", errno);
  return static_cast<std::int64_t>(status.f_bavail) * static_cast<std::int64_t>(status.f_frsize);
}

std::int64_t bytes_below(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    const auto size = fs::file_size(path, ignored);
    return ignored ? 0 : static_cast<std::int64_t>(size);
  }
  std::int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(path, ignored)) bytes += bytes_below(entry.path());
  return bytes;
}

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace lanet
