#pragma once

#include <vector>

#include "network/network_list.hpp"

namespace lanet {

// Rewritings of a list. None changes what the network computes, beyond rounding.

/// How often each value is read, by operations and as one of the list's results.
std::vector<std::size_t> uses_of(const NetworkList& list);

/// Normalizations of 16 channels or more as one step with the addition that they are the first summand of and the ReLU
/// or ReLU6 after it, as far as nothing else reads what lies between: kNormActivation.
NetworkList fuse_norms(const NetworkList& list);

/// Normalizations that follow a convolution which nothing else reads become part of it (`norm`): for evaluation, where
/// their statistics do not change.
NetworkList fold_norms(const NetworkList& list);

/// Whether a value is needed for the features, the mask's or the classes' logits.
std::vector<bool> needed_values(const NetworkList& list);

/// For each operation, the values that no later one reads and that are no results: they can be let go after it.
std::vector<std::vector<ValueId>> last_uses(const NetworkList& list);

}  // namespace lanet
