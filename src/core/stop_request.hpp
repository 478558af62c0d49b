#pragma once

namespace lanet {

/// From now on Ctrl-C, SIGTERM and a closed terminal (SIGHUP, unless it is ignored) only set a flag; a second Ctrl-C or
/// SIGTERM ends the process at once.
void listen_for_stop_request();
/// Whether the user has asked to stop.
bool stop_requested();

}  // namespace lanet
