#pragma once

#include <cstdint>

#include "network/network_list.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// Parts of a network, before their layers' names.
inline constexpr const char* kBackbonePart = "fex";
inline constexpr const char* kClassifierPart = "classifier";

/// Feature extractor, location head, mask attention and classifier (Eqs. 1-4) as the options say, for images of one
/// channel. Every network that lanet trains or exports is written here and in what this calls, and nowhere else. Throws
/// ConfigError.
NetworkList network_list(const NetworkOptions& options, std::int64_t classes);

}  // namespace lanet
