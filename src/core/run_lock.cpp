#include "core/run_lock.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

std::string owner_text() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return "process " + std::to_string(::getpid()) + " on " + host + " since " + time + "\n";
}

std::string read_owner(int descriptor) {
  char text[512] = "";
  const ssize_t count = ::pread(descriptor, text, sizeof text - 1, 0);
  return count > 0 ? trim({text, static_cast<std::size_t>(count)}) : "another process";
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / ".lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw SystemError({path.string(), std::string("cannot open the lock (") + std::strerror(errno) + ")", "",
                       remedy_for_system_error(errno)});
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = read_owner(descriptor_);
    ::close(descriptor_);
    descriptor_ = -1;
    throw SystemError({folder.string(), "a run in progress (" + owner + ")", "a folder that nobody works in",
                       "wait for it or choose another name"});
  }
  const std::string owner = owner_text();
  // The text only explains; the lock holds without it.
  if (::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, owner.data(), owner.size(), 0) < 0) errno = 0;
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool run_is_locked(const std::filesystem::path& folder) {
  struct stat file {};
  if (::stat((folder / ".lock").c_str(), &file) != 0) return false;
  // "1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF": the device's numbers differ on some file systems, the inode not.
  const std::string inode = ":" + std::to_string(file.st_ino) + " ";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);)
    if (line.find("FLOCK") != std::string::npos && line.find("->") == std::string::npos &&
        line.find(inode) != std::string::npos)
      return true;
  return false;
}

}  // namespace lanet
