#pragma once

#include <string>
#include <vector>

namespace lanet {

/// Lines "PLACE: cause" with one line a cause, in the order in which the causes came: of a cause that fewer than three
/// lines tell, these lines; else "CAUSE (100 files: a.png, b.png, c.png and 97 more)". Causes that differ in numbers
/// alone are one; the first one's words stand for all.
std::vector<std::string> grouped_problems(const std::vector<std::string>& problems);

}  // namespace lanet
