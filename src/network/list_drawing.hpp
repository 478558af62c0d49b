#pragma once

#include <cstdint>
#include <string>

#include "network/network_list.hpp"

namespace lanet {

/// The list as a graph in the language of Graphviz, for a square image of `side`: a node an operation, with its layer
/// and the size of its value; the results are framed twice. `title` stands above it.
std::string list_graph(const NetworkList& list, std::int64_t side, const std::string& title);

/// The same as an SVG, drawn by Graphviz' `dot`. Throws SystemError where there is none.
std::string list_svg(const NetworkList& list, std::int64_t side, const std::string& title);

}  // namespace lanet
