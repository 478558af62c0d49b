#include "core/stop_request.hpp"

#include <csignal>

#include <unistd.h>

namespace lanet {
namespace {

volatile std::sig_atomic_t requested = 0;

extern "C" void on_stop_signal(int signal_number) {
  // A closing terminal hangs up more than once (the kernel and the shell): only an impatient user ends it at once.
  if (requested && signal_number != SIGHUP) _exit(128 + signal_number);
  requested = 1;
}

}  // namespace

void listen_for_stop_request() {
  std::signal(SIGINT, on_stop_signal);
  std::signal(SIGTERM, on_stop_signal);
  // Under nohup the hang-up is ignored, and stays so.
  if (std::signal(SIGHUP, SIG_IGN) != SIG_IGN) std::signal(SIGHUP, on_stop_signal);
}

bool stop_requested() { return requested != 0; }

}  // namespace lanet
