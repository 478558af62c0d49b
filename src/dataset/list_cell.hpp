#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lanet {

/// The parts of a cell that holds several names, separated by `;`, without blanks around them; empty ones are left out.
/// "\;" is a semicolon that belongs to its name.
std::vector<std::string> split_list_cell(std::string_view cell);
/// Inverse.
std::string join_list_cell(const std::vector<std::string>& parts);

}  // namespace lanet
