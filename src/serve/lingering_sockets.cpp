#include "serve/lingering_sockets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

namespace lanet {
namespace {

constexpr std::size_t kMost = 64;
constexpr std::chrono::seconds kLingerTime{2};

/// Reads some of what came; whether the client may still be reading: false once it has closed its side.
bool read_away(int socket) {
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

}  // namespace

LingeringSockets::~LingeringSockets() {
  for (const Held& held : held_) ::close(held.socket);
}

void LingeringSockets::add(int socket) {
  ::shutdown(socket, SHUT_WR);
  if (held_.size() == kMost) {
    ::close(held_.front().socket);
    held_.pop_front();
  }
  held_.push_back({socket, Clock::now() + kLingerTime});
}

void LingeringSockets::append_to(std::vector<pollfd>& wanted) const {
  for (const Held& held : held_) wanted.push_back({held.socket, POLLIN, 0});
}

int LingeringSockets::milliseconds_to_wait() const {
  if (held_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(held_.front().due - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void LingeringSockets::settle(const pollfd* polled) {
  const auto now = Clock::now();
  std::deque<Held> kept;
  for (const Held& held : held_) {
    const bool open = polled->revents == 0 || read_away(held.socket);
    ++polled;
    if (open && now < held.due)
      kept.push_back(held);
    else
      ::close(held.socket);
  }
  held_.swap(kept);
}

}  // namespace lanet
