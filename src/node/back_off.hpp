#pragma once

#include <chrono>
#include <cstdint>

#include "node/node_options.hpp"

namespace lanet {

/// How long to wait after `failures` failures in a row (1, 2 ...):
///   min(first * 2^(failures - 1), longest) * (1/2 + jitter / 2),  jitter in [0, 1).
/// The jitter keeps nodes that lost the same archive from coming back all at once. 0 for no failure.
std::chrono::milliseconds back_off(std::int64_t failures, const RetryOptions& options, double jitter);

}  // namespace lanet
