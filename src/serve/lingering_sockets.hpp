#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include <poll.h>

namespace lanet {

/// Sockets that have their whole answer and wait for the client to read it. A socket that is closed while bytes of the
/// client are still on their way is reset, and the reset takes the unread answer with it; so each stays half open until
/// the client closes it or has had two seconds. For one thread: add them to its poll().
class LingeringSockets {
 public:
  LingeringSockets() = default;
  LingeringSockets(const LingeringSockets&) = delete;
  LingeringSockets& operator=(const LingeringSockets&) = delete;
  /// Closes them all.
  ~LingeringSockets();

  /// Takes the socket over and ends its sending side. At most 64 are kept; the oldest makes room.
  void add(int socket);
  /// Appends an entry for each, in the order that settle() expects.
  void append_to(std::vector<pollfd>& wanted) const;
  /// Milliseconds until the first of them is due; -1 where there is none.
  int milliseconds_to_wait() const;
  /// Reads away what came, and closes those that the client has closed or that are due. `polled`: the entries that
  /// append_to() appended, after poll().
  void settle(const pollfd* polled);

 private:
  using Clock = std::chrono::steady_clock;
  struct Held {
    int socket;
    Clock::time_point due;
  };
  std::deque<Held> held_;  // oldest first
};

}  // namespace lanet
