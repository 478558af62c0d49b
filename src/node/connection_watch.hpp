#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace lanet {

/// Cuts connections that are past their deadline, wherever their thread waits: in a TLS handshake, in half a request,
/// in an object that comes letter by letter. No time-out for a single read would see those.
class ConnectionWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// One connection of one thread.
  class Connection {
   public:
    explicit Connection(ConnectionWatch& watch) : watch_(watch) {}
    ~Connection() { detach(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// From now on the socket is cut at the deadline.
    void attach(int socket, Clock::time_point deadline);
    void detach();
    void set_deadline(Clock::time_point deadline);
    bool is_attached() const { return descriptor_ >= 0; }
    /// Whether it was cut.
    bool was_cut() const;

   private:
    friend class ConnectionWatch;
    ConnectionWatch& watch_;
    int descriptor_ = -1;  // of our own: the number of a closed socket would soon be another's
    Clock::time_point deadline_{};
    bool cut_ = false;
  };

  ConnectionWatch();
  ~ConnectionWatch();
  /// No connection outlives this, whatever deadline it has.
  void end_all_by(Clock::time_point latest);
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  std::set<Connection*> connections_;
  Clock::time_point latest_ = Clock::time_point::max();
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace lanet
