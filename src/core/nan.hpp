#pragma once

#include <limits>

namespace lanet {

/// The value of a metric that is not defined: of an empty list, or without one of the two classes.
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace lanet
