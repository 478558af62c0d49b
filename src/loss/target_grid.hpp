#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

namespace lanet {

/// True masks on the network's grid: [B, 1, H, W] of 0 / 1 to [B, 1, grid, grid] in [0, 1]. form: "area" (share of
/// lesion pixels in a cell), "bilinear_corners" (interpolated with aligned corners, as the authors' code), "nearest".
/// The same size: unchanged. Throws ConfigError for another form.
torch::Tensor target_grid(const torch::Tensor& masks, std::int64_t grid, const std::string& form);

}  // namespace lanet
