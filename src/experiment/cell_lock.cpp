#include "experiment/cell_lock.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>

#include <unistd.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockName = "cell.lock";

/// When a process of this machine began, in clock ticks since boot: process numbers are used again.
std::string start_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return "";
  const auto fields = split_text(text.substr(end + 2), ' ');
  constexpr std::size_t kStartTime = 19;  // field 22 of proc(5); two stand before the bracket's end
  return fields.size() > kStartTime ? fields[kStartTime] : "";
}

/// "HOST PROCESS START".
std::string own_name() { return host_name() + " " + std::to_string(::getpid()) + " " + start_of(::getpid()); }

/// Unique among all processes and threads that share a folder.
std::string unique_ending() {
  static std::atomic<int> number{0};
  return host_name() + "." + std::to_string(::getpid()) + "." + std::to_string(number++);
}

[[noreturn]] void refuse(const fs::path& path, const char* what) {
  const int code = errno;
  throw SystemError({path.string(), std::string(what) + " (" + std::strerror(code) + ")", "a writable results folder",
                     remedy_for_system_error(code)});
}

/// A file of our own beside the lock: what is linked to take it, and the clock that its age is measured by.
class OwnFile {
 public:
  explicit OwnFile(const fs::path& folder) : path(folder / (std::string(kLockName) + "." + unique_ending())) {
    std::ofstream file(path);
    file << own_name() << "\n";
    file.close();
    if (!file) refuse(path, "cannot be written");
  }
  ~OwnFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  OwnFile(const OwnFile&) = delete;
  OwnFile& operator=(const OwnFile&) = delete;
  const fs::path path;
};

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// `now`: by the clock of the folder's file system.
bool is_alive(const std::string& owner, const fs::path& lock, fs::file_time_type now, const CellLockOptions& options) {
  const auto parts = split_text(owner, ' ');
  if (parts.size() == 3 && parts[0] == host_name()) {
    const pid_t process = static_cast<pid_t>(std::atol(parts[1].c_str()));
    return process > 0 && start_of(process) == parts[2];
  }
  std::error_code code;
  const auto beaten = fs::last_write_time(lock, code);
  return !code && now - beaten < options.stale;
}

bool link_new(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  refuse(to, "cannot be made");
}

/// Moves a dead owner's lock away. If another process was faster and the moved file is its fresh lock, it is put back.
void clear_stale(const fs::path& lock, const std::string& dead_owner) {
  const fs::path aside = lock.string() + ".stale." + unique_ending();
  if (::rename(lock.c_str(), aside.c_str()) != 0) return;
  if (first_line(aside) != dead_owner) (void)::link(aside.c_str(), lock.c_str());
  std::error_code ignored;
  fs::remove(aside, ignored);
}

}  // namespace

struct CellLock::Beat {
  fs::path lock;
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::thread thread;

  Beat(fs::path path, std::chrono::milliseconds every) : lock(std::move(path)) {
    thread = std::thread([this, every] {
      std::unique_lock guard(mutex);
      while (!ended.wait_for(guard, every, [this] { return done; })) {
        std::error_code ignored;
        fs::last_write_time(lock, fs::file_time_type::clock::now(), ignored);
      }
    });
  }
  ~Beat() {
    {
      const std::lock_guard guard(mutex);
      done = true;
    }
    ended.notify_all();
    thread.join();
    std::error_code ignored;
    if (first_line(lock) == own_name()) fs::remove(lock, ignored);
  }
};

CellLock::CellLock(std::unique_ptr<Beat> beat) : beat_(std::move(beat)) {}
CellLock::CellLock(CellLock&& other) noexcept = default;
CellLock& CellLock::operator=(CellLock&& other) noexcept = default;
CellLock::~CellLock() = default;

std::optional<CellLock> CellLock::acquire(const fs::path& folder, const CellLockOptions& options) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    errno = code.value();
    refuse(folder, "cannot be made");
  }
  const fs::path lock = folder / kLockName;
  const OwnFile own(folder);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (link_new(own.path, lock)) return CellLock(std::make_unique<Beat>(lock, options.heartbeat));
    const std::string holder = first_line(lock);
    if (is_alive(holder, lock, fs::last_write_time(own.path), options)) return std::nullopt;
    clear_stale(lock, holder);
  }
  return std::nullopt;
}

std::string CellLock::owner(const fs::path& folder, const CellLockOptions& options) {
  const fs::path lock = folder / kLockName;
  const std::string holder = first_line(lock);
  const auto parts = split_text(holder, ' ');
  if (parts.size() != 3 || !is_alive(holder, lock, fs::file_time_type::clock::now(), options)) return "";
  return "process " + parts[1] + " on " + parts[0];
}

}  // namespace lanet
