#pragma once

namespace lanet {

/// From now on Ctrl-C and SIGTERM only set a flag (a second one ends the process at once).
void listen_for_stop_request();
/// Whether the user has asked to stop.
bool stop_requested();

}  // namespace lanet
