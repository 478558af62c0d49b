#pragma once

#include <string>

#include "modelfile/model_card.hpp"
#include "network/network_options.hpp"

namespace lanet {

/// The options of the network that a card describes. Throws DataError(place) where this version does not know it.
NetworkOptions options_of(const ModelCard& card, const std::string& place);

}  // namespace lanet
