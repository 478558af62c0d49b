// A library for LD_PRELOAD that makes system calls fail as a real machine does. Rules in the environment variable
// LANET_FAULTS, separated by ';':
//
//   CALL PATTERN FIRST ACTION      e.g. "write last.checkpoint 2 ENOSPC"
//
// CALL: open (for writing), write, fsync, rename (by its target), memory (posix_memalign of more bytes than PATTERN),
// clock (CLOCK_REALTIME). PATTERN: part of the file's path. The rule acts on the FIRST-th matching call and on all
// after it. ACTION: an errno (ENOSPC, EIO, EROFS, EACCES, ENOMEM), KILL (SIGKILL before the call), CUT (half of a
// write, then SIGKILL), JUMP (the clock goes back and forth by a day).
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

struct Rule {
  std::string call, pattern, action;
  long first = 1;
  std::atomic<long> seen{0};

  Rule() = default;
  Rule(const Rule& other) : call(other.call), pattern(other.pattern), action(other.action), first(other.first) {}
};

std::vector<Rule>& rules() {
  static std::vector<Rule> all = [] {
    std::vector<Rule> parsed;
    const char* text = std::getenv("LANET_FAULTS");
    std::istringstream lines(text ? text : "");
    for (std::string line; std::getline(lines, line, ';');) {
      Rule rule;
      std::istringstream(line) >> rule.call >> rule.pattern >> rule.first >> rule.action;
      parsed.push_back(rule);
    }
    return parsed;
  }();
  return all;
}

/// The action that is due, or "".
std::string due(const char* call, const std::string& path, std::size_t bytes = 0) {
  for (Rule& rule : rules()) {
    if (rule.call != call) continue;
    const bool fits =
        rule.call == "memory" ? bytes > std::stoul(rule.pattern) : path.find(rule.pattern) != std::string::npos;
    if (fits && ++rule.seen >= rule.first) return rule.action;
  }
  return "";
}

int number_of(const std::string& action) {
  if (action == "ENOSPC") return ENOSPC;
  if (action == "EROFS") return EROFS;
  if (action == "EACCES") return EACCES;
  if (action == "ENOMEM") return ENOMEM;
  return EIO;
}

/// Whether the call is to fail; errno is set.
bool fails(const std::string& action) {
  if (action.empty()) return false;
  if (action == "KILL") ::raise(SIGKILL);
  errno = number_of(action);
  return true;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int descriptor) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "";
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  if ((flags & (O_WRONLY | O_RDWR)) != 0 && fails(due("open", path))) return -1;
  return next<int (*)(const char*, int, ...)>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, int));
  va_end(arguments);
  return open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, int));
  va_end(arguments);
  return open_file("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
  const auto real = next<ssize_t (*)(int, const void*, std::size_t)>("write");
  if (descriptor > 2 && !rules().empty()) {
    const std::string action = due("write", path_of(descriptor));
    if (action == "CUT") {
      real(descriptor, bytes, count / 2);
      ::raise(SIGKILL);
    }
    if (fails(action)) return -1;
  }
  return real(descriptor, bytes, count);
}

int fsync(int descriptor) {
  if (!rules().empty() && fails(due("fsync", path_of(descriptor)))) return -1;
  return next<int (*)(int)>("fsync")(descriptor);
}

int rename(const char* from, const char* to) {
  if (fails(due("rename", to))) return -1;
  return next<int (*)(const char*, const char*)>("rename")(from, to);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  if (!rules().empty() && fails(due("memory", "", bytes))) return ENOMEM;
  return next<int (*)(void**, std::size_t, std::size_t)>("posix_memalign")(memory, alignment, bytes);
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const int result = next<int (*)(clockid_t, struct timespec*)>("clock_gettime")(clock, time);
  if (clock == CLOCK_REALTIME && due("clock", "clock") == "JUMP") time->tv_sec += (time->tv_nsec % 2 ? 86400 : -86400);
  return result;
}
}
