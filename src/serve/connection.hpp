#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <httplib.h>

namespace lanet {

/// What one connection may cost.
struct ConnectionLimits {
  std::size_t head_bytes = 16 << 10;
  std::uint64_t body_bytes = 64ULL << 20;       // with its framing a little more
  std::chrono::milliseconds head_time{10'000};  // from a head's first byte to its last
  std::chrono::milliseconds body_time{120'000};
  std::chrono::milliseconds write_time{60'000};
  std::chrono::milliseconds idle_time{15'000};  // between two requests
  std::chrono::milliseconds stop_time{5'000};   // left to a request that is still being received at the end
};

/// A socket as the HTTP library reads and writes it, with bounds on time and bytes that hold for a whole request and
/// not for one call: a client that sends a byte every few seconds is let go too.
class Connection final : public httplib::Stream {
 public:
  /// stop: a descriptor that becomes readable when the server ends. Does not own the socket.
  Connection(int socket, int stop, const ConnectionLimits& limits);

  enum class Head { kComplete, kClosed, kTooLong, kTooSlow };
  /// Waits for the next request and reads its head into `head`, with the blank line at its end.
  Head read_head(std::string& head);
  /// From now on read() gives `head`, then what follows it on the socket.
  void begin_request(std::string head);
  /// After an answer to a request that was not read to its end: lets the client read it before the socket is closed.
  void linger();

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* target, std::size_t size) override;
  /// All of it, or -1.
  ssize_t write(const char* source, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Wait { kReady, kTimeout, kStopped };
  Wait wait_readable(Clock::time_point deadline, bool end_on_stop);
  ssize_t receive(char* target, std::size_t size);

  int socket_;
  int stop_;
  ConnectionLimits limits_;
  std::string head_;  // rewritten head of the request at hand
  std::size_t head_at_ = 0;
  std::string received_;  // from the socket, not yet asked for
  std::size_t received_at_ = 0;
  Clock::time_point deadline_{};
  std::uint64_t budget_ = 0;
};

}  // namespace lanet
