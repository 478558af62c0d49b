#include "serve/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace lanet {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::uint64_t kFramingBytes = 1 << 20;
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::uint64_t kLingerBytes = 8 << 20;

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

Connection::Connection(int socket, int stop, const ConnectionLimits& limits)
    : socket_(socket), stop_(stop), limits_(limits) {}

Connection::Wait Connection::wait_readable(Clock::time_point deadline, bool end_on_stop) {
  bool stopping = false;
  for (;;) {
    std::array<pollfd, 2> wanted{pollfd{socket_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    const int found = ::poll(wanted.data(), stopping ? 1 : 2, milliseconds_until(deadline));
    if (found < 0 && errno == EINTR) continue;
    if (found < 0) return Wait::kTimeout;
    if (wanted[0].revents != 0) return Wait::kReady;
    if (found == 0) return Wait::kTimeout;
    if (end_on_stop) return Wait::kStopped;
    stopping = true;  // what has begun may end, but soon
    deadline = std::min(deadline, Clock::now() + limits_.stop_time);
  }
}

ssize_t Connection::receive(char* target, std::size_t size) {
  ssize_t count = 0;
  do count = ::recv(socket_, target, size, 0);
  while (count < 0 && errno == EINTR);
  return count;
}

Connection::Head Connection::read_head(std::string& head) {
  received_.erase(0, received_at_);
  received_at_ = 0;
  auto deadline = Clock::now() + (received_.empty() ? limits_.idle_time : limits_.head_time);
  for (std::size_t searched = 0;;) {
    const std::size_t end = received_.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
    if (end != std::string::npos && end + 4 <= limits_.head_bytes) {
      head = received_.substr(0, end + 4);
      received_at_ = end + 4;
      return Head::kComplete;
    }
    if (received_.size() >= limits_.head_bytes) return Head::kTooLong;
    searched = received_.size();
    const Wait wait = wait_readable(deadline, /*end_on_stop=*/received_.empty());
    if (wait != Wait::kReady) return received_.empty() || wait == Wait::kStopped ? Head::kClosed : Head::kTooSlow;
    std::array<char, 4096> bytes;
    const ssize_t count = receive(bytes.data(), bytes.size());
    if (count <= 0) return Head::kClosed;
    if (received_.empty()) deadline = Clock::now() + limits_.head_time;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

void Connection::begin_request(std::string head) {
  head_ = std::move(head);
  head_at_ = 0;
  deadline_ = Clock::now() + limits_.body_time;
  budget_ = limits_.body_bytes + kFramingBytes;
}

ssize_t Connection::read(char* target, std::size_t size) {
  if (head_at_ < head_.size()) {
    const std::size_t count = head_.copy(target, size, head_at_);
    head_at_ += count;
    return static_cast<ssize_t>(count);
  }
  if (received_at_ == received_.size()) {
    if (budget_ == 0 || wait_readable(deadline_, /*end_on_stop=*/false) != Wait::kReady) return -1;
    received_.resize(kReadBytes);
    received_at_ = 0;
    const ssize_t count = receive(received_.data(), received_.size());
    received_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count <= 0) return count;
    budget_ -= std::min<std::uint64_t>(budget_, received_.size());
  }
  const std::size_t count = received_.copy(target, size, received_at_);
  received_at_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* source, std::size_t size) {
  const auto deadline = Clock::now() + limits_.write_time;
  for (std::size_t done = 0; done < size;) {
    pollfd wanted{socket_, POLLOUT, 0};
    const int found = ::poll(&wanted, 1, milliseconds_until(deadline));
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) return -1;
    const ssize_t count = ::send(socket_, source + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return -1;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(size);
}

void Connection::linger() {
  ::shutdown(socket_, SHUT_WR);
  const auto deadline = Clock::now() + kLingerTime;
  std::string bytes(kReadBytes, '\0');
  for (std::uint64_t seen = 0; seen < kLingerBytes;) {
    if (wait_readable(deadline, /*end_on_stop=*/true) != Wait::kReady) return;
    const ssize_t count = receive(bytes.data(), bytes.size());
    if (count <= 0) return;
    seen += static_cast<std::uint64_t>(count);
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();  // nobody asks, and the log names no client
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace lanet
