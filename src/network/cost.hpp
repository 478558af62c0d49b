#pragma once

#include <cstdint>

#include "network/network_list.hpp"

namespace lanet {

/// What a network takes for one image, counted on its list.
struct NetworkCost {
  std::int64_t parameters = 0;     // without what normalization keeps
  std::int64_t multiply_adds = 0;  // of convolutions and linear layers, forward
  std::int64_t values = 0;         // numbers that the operations write, forward
};
NetworkCost cost_of(const NetworkList& list, std::int64_t side);

}  // namespace lanet
