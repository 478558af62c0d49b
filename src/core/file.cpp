#include "core/file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <regex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/limits.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// A file descriptor that is closed with its scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// Of a file that is read, in place of remedy_for_system_error's for one that is written.
std::string remedy_for_reading(int code) {
  return code == EACCES || code == EPERM ? "give yourself the right to read it" : remedy_for_system_error(code);
}

[[noreturn]] void fail_reading(const fs::path& path, const char* what) {
  const int code = errno;
  throw SystemError(
      {path.string(), std::string("cannot ") + what + " (" + std::strerror(code) + ")", "", remedy_for_reading(code)});
}

[[noreturn]] void fail(const fs::path& path, const char* what) {
  const int code = errno;
  throw SystemError({path.string(), std::string("cannot ") + what + " (" + std::strerror(code) + ")", "",
                     remedy_for_system_error(code)});
}

constexpr std::size_t kLongestName = 255;  // bytes, of every file system in use

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string ending =
      ".lanet-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp" + path.extension().string();
  std::string stem = "." + path.stem().string();
  if (stem.size() + ending.size() > kLongestName) stem.resize(kLongestName - std::min(ending.size(), kLongestName - 1));
  return path.parent_path() / (stem + ending);
}

/// The process that named a temporary file; nothing for other names.
std::optional<pid_t> writer_of_temporary(const std::string& name) {
  static const std::regex kPattern(R"(^\..*\.lanet-(\d{1,9})-\d{1,10}\.tmp(\..*)?$)");
  std::smatch match;
  if (!std::regex_match(name, match, kPattern)) return std::nullopt;
  return static_cast<pid_t>(std::stol(match[1].str()));
}

void sync_path(const fs::path& path, const char* what) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail(path, what);
  // Some file systems cannot sync a folder; that is no reason to lose the file.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) fail(path, what);
}

void write_all(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) fail(path, "create the file");
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(path, "write the file");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  // Without O_NONBLOCK, opening a pipe would wait for whoever writes into it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail_reading(path, "open the file");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_reading(path, "read the file");
  if (S_ISDIR(status.st_mode)) throw SystemError({path.string(), "a folder", "a file", ""});
  if (!S_ISREG(status.st_mode))
    throw SystemError({path.string(), "a pipe, a socket or a device", "a plain file", "save it as a file first"});
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes)
    throw DataError({path.string(), std::to_string(status.st_size) + " bytes",
                     "at most " + std::to_string(max_bytes) + " bytes", ""});
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size));
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_reading(path, "read the file");
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
    // It may have grown since, and files of /proc have no size beforehand.
    if (bytes.size() > max_bytes)
      throw DataError({path.string(), "more than " + std::to_string(max_bytes) + " bytes", "less", ""});
  }
}

std::string read_text_file(const fs::path& path) {
  return read_file(path, static_cast<std::uint64_t>(input_limits().text_bytes));
}

void write_file_atomically(const fs::path& path, std::string_view bytes, const fs::path& keep_old_as) {
  replace_file_atomically(
      path, [&](const fs::path& temporary) { write_all(temporary, bytes); },
      [&](const fs::path& temporary) {
        if (read_file(temporary, bytes.size()) != bytes)
          throw SystemError({path.string(), "other bytes than were written", "the same", "check the disk"});
      },
      keep_old_as);
}

void replace_file_atomically(const fs::path& path, const std::function<void(const fs::path&)>& write,
                             const std::function<void(const fs::path&)>& verify, const fs::path& keep_old_as) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  create_folders(folder);
  std::error_code code;
  const fs::path temporary = temporary_beside(path);
  try {
    write(temporary);
    sync_path(temporary, "sync the file");
    if (verify) verify(temporary);
    // The name may be missing between the two renames: who keeps an old file looks for it under both.
    if (!keep_old_as.empty() && fs::exists(path)) fs::rename(path, keep_old_as, code);
    if (!code) fs::rename(temporary, path, code);
    if (code && !keep_old_as.empty() && !fs::exists(path)) {
      std::error_code ignored;
      fs::rename(keep_old_as, path, ignored);
    }
    if (code)
      throw SystemError({path.string(), "cannot replace the file (" + code.message() + ")", "",
                         remedy_for_system_error(code.value())});
  } catch (...) {
    fs::remove(temporary, code);
    throw;
  }
  sync_path(folder, "sync the folder");
}

void create_folders(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    throw SystemError({folder.string(), "cannot create the folder (" + code.message() + ")", "",
                       remedy_for_system_error(code.value())});
}

void remove_stale_temporaries(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto writer = writer_of_temporary(entry.path().filename().string());
    if (writer && ::kill(*writer, 0) != 0 && errno == ESRCH) fs::remove(entry.path(), ignored);
  }
}

}  // namespace lanet
