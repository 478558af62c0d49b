#include "node/back_off.hpp"

#include <algorithm>
#include <cmath>

namespace lanet {

std::chrono::milliseconds back_off(std::int64_t failures, const RetryOptions& options, double jitter) {
  if (failures <= 0) return std::chrono::milliseconds(0);
  constexpr std::int64_t kMostDoublings = 40;  // far past any longest_seconds
  const double doubled = std::ldexp(options.first_seconds, static_cast<int>(std::min(failures - 1, kMostDoublings)));
  const double seconds = std::min(doubled, options.longest_seconds) * (0.5 + 0.5 * jitter);
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

}  // namespace lanet
