#include "loss/target_grid.hpp"

#include <torch/torch.h>

#include "core/error.hpp"

namespace lanet {

torch::Tensor target_grid(const torch::Tensor& masks, std::int64_t grid, const std::string& form) {
  TORCH_CHECK(masks.dim() == 4 && masks.size(1) == 1, "masks: ", masks.sizes(), ", expected [B, 1, H, W]");
  TORCH_CHECK(grid >= 1, "grid: ", grid, ", expected at least 1");
  if (masks.size(2) == grid && masks.size(3) == grid) return masks;
  const std::vector<std::int64_t> size{grid, grid};
  if (form == "area") return torch::adaptive_avg_pool2d(masks, size);
  if (form == "bilinear_corners") return torch::upsample_bilinear2d(masks, size, /*align_corners=*/true);
  if (form == "nearest") return torch::upsample_nearest2d(masks, size);
  throw ConfigError({"data.target", form, "area, bilinear_corners or nearest", ""});
}

}  // namespace lanet
