#include "core/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/stop_request.hpp"

namespace lanet {
namespace {

std::vector<char*> argument_pointers(const std::vector<std::string>& command) {
  std::vector<char*> pointers;
  for (const std::string& argument : command) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

SystemError cannot_start(const std::string& program) {
  return SystemError({program, std::string("cannot be started (") + std::strerror(errno) + ")", "an installed program",
                      "run ./run setup"});
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw SystemError({"pipe", std::strerror(errno), "a free file descriptor", remedy_for_system_error(errno)});
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

/// Feeds input and collects output at the same time: neither side may block the other.
std::string exchange(Pipe& input, Pipe& output, const std::string& text) {
  ::fcntl(input.ends[1], F_SETFL, O_NONBLOCK);
  std::string collected;
  std::size_t fed = 0;
  if (text.empty()) input.close_end(1);
  while (true) {
    std::array<pollfd, 2> waits{pollfd{output.ends[0], POLLIN, 0}, pollfd{input.ends[1], POLLOUT, 0}};
    if (::poll(waits.data(), input.ends[1] >= 0 ? 2 : 1, -1) < 0 && errno != EINTR) return collected;
    if (input.ends[1] >= 0 && waits[1].revents != 0) {
      const ssize_t count = ::write(input.ends[1], text.data() + fed, text.size() - fed);
      if (count > 0) fed += static_cast<std::size_t>(count);
      if (fed == text.size() || (count < 0 && errno != EAGAIN && errno != EINTR)) input.close_end(1);
    }
    if (waits[0].revents == 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t count = ::read(output.ends[0], buffer.data(), buffer.size());
    if (count > 0) collected.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return collected;
  }
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& command, const std::string& input) {
  std::vector<char*> arguments = argument_pointers(command);
  Pipe to_child, from_child, failure;
  const pid_t child = ::fork();
  if (child < 0) throw cannot_start(command.at(0));
  if (child == 0) {
    ::dup2(to_child.ends[0], STDIN_FILENO);
    ::dup2(from_child.ends[1], STDOUT_FILENO);
    ::dup2(from_child.ends[1], STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    const int code = errno;
    if (::write(failure.ends[1], &code, sizeof code) < 0) _exit(126);
    _exit(127);
  }
  to_child.close_end(0);
  from_child.close_end(1);
  failure.close_end(1);
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  ChildResult result;
  result.output = exchange(to_child, from_child, input);
  ::sigaction(SIGPIPE, &before, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  int code = 0;
  if (::read(failure.ends[0], &code, sizeof code) == static_cast<ssize_t>(sizeof code)) {
    errno = code;
    throw cannot_start(command[0]);
  }
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

int run_logged_child(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments = argument_pointers(command);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0)
    throw SystemError({log.string(), std::string("cannot be opened (") + std::strerror(errno) + ")", "a writable file",
                       remedy_for_system_error(errno)});
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) _exit(126);  // it died before the line above
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    _exit(127);
  }
  ::close(output);
  if (child < 0) throw cannot_start(command.at(0));
  int status = 0;
  for (bool told = false; ::waitpid(child, &status, WNOHANG) == 0;) {
    if (stop_requested() && !told) told = ::kill(child, SIGTERM) == 0;
    ::usleep(100'000);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    errno = ENOENT;
    throw cannot_start(command.at(0));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void replace_process(const std::vector<std::string>& command) {
  std::vector<char*> arguments = argument_pointers(command);
  ::execvp(arguments[0], arguments.data());
  throw cannot_start(command.at(0));
}

std::filesystem::path executable_folder() {
  std::error_code code;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", code);
  if (code) throw SystemError({"/proc/self/exe", code.message(), "the path of this program", ""});
  return path.parent_path();
}

std::filesystem::path home_folder(const std::filesystem::path& start) {
  if (const char* home = std::getenv("LANET_HOME"); home && *home) return home;
  const std::filesystem::path lowest = start.empty() ? executable_folder() : start;
  for (auto folder = lowest;; folder = folder.parent_path()) {
    for (const auto& candidate : {folder, folder / "share" / "lanet"})
      if (std::filesystem::exists(candidate / "configs") && std::filesystem::exists(candidate / "models"))
        return candidate;
    if (folder == folder.parent_path()) break;
  }
  throw SystemError({lowest.string(), "no folder above it with configs/ and models/", "the project's folder",
                     "set LANET_HOME to it"});
}

}  // namespace lanet
