#include "core/stop_request.hpp"

#include <csignal>

#include <unistd.h>

namespace lanet {
namespace {

volatile std::sig_atomic_t requested = 0;

extern "C" void on_stop_signal(int signal_number) {
  if (requested) _exit(128 + signal_number);
  requested = 1;
}

}  // namespace

void listen_for_stop_request() {
  std::signal(SIGINT, on_stop_signal);
  std::signal(SIGTERM, on_stop_signal);
}

bool stop_requested() { return requested != 0; }

}  // namespace lanet
