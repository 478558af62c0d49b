#include "node/connection_watch.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lanet {
namespace {

constexpr std::chrono::milliseconds kConnectionLook{200};

}  // namespace

void ConnectionWatch::Connection::attach(int socket, Clock::time_point deadline) {
  detach();
  const std::lock_guard lock(watch_.mutex_);
  descriptor_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  deadline_ = deadline;
  cut_ = false;
  watch_.connections_.insert(this);
}

void ConnectionWatch::Connection::detach() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.connections_.erase(this);
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void ConnectionWatch::Connection::set_deadline(Clock::time_point deadline) {
  const std::lock_guard lock(watch_.mutex_);
  deadline_ = deadline;
}

bool ConnectionWatch::Connection::was_cut() const {
  const std::lock_guard lock(watch_.mutex_);
  return cut_;
}

ConnectionWatch::ConnectionWatch() : thread_([this] { run(); }) {}

ConnectionWatch::~ConnectionWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  thread_.join();
}

void ConnectionWatch::end_all_by(Clock::time_point latest) {
  const std::lock_guard lock(mutex_);
  latest_ = latest;
}

void ConnectionWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, kConnectionLook, [this] { return stop_; })) {
    const Clock::time_point now = Clock::now();
    for (Connection* connection : connections_)
      if (!connection->cut_ && now > std::min(connection->deadline_, latest_)) {
        ::shutdown(connection->descriptor_, SHUT_RDWR);
        connection->cut_ = true;
      }
  }
}

}  // namespace lanet
