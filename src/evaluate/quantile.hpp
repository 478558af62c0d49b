#pragma once

#include <vector>

namespace lanet {

/// Value at a share (0..1) of sorted values, linear between ranks (numpy's default). sorted must not be empty.
double quantile(const std::vector<double>& sorted, double share);

}  // namespace lanet
