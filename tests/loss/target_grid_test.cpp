#include "loss/target_grid.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"

namespace lanet {
namespace {

// 1 1 0 0
// 1 0 0 0
// 0 0 0 0
// 0 0 1 1
torch::Tensor corner_mask() {
  return torch::tensor({1.F, 1.F, 0.F, 0.F, 1.F, 0.F, 0.F, 0.F, 0.F, 0.F, 0.F, 0.F, 0.F, 0.F, 1.F, 1.F})
      .view({1, 1, 4, 4});
}

torch::Tensor grid_of(std::vector<float> values) { return torch::tensor(values).view({1, 1, 2, 2}); }

TEST(TargetGrid, AreaIsTheShareOfLesionPixels) {
  EXPECT_TRUE(torch::allclose(target_grid(corner_mask(), 2, "area"), grid_of({0.75F, 0, 0, 0.5F})));
}

TEST(TargetGrid, BilinearWithCornersReadsTheFourCorners) {
  // With aligned corners a 2 x 2 grid on 4 x 4 pixels falls on pixels 0 and 3.
  EXPECT_TRUE(torch::allclose(target_grid(corner_mask(), 2, "bilinear_corners"), grid_of({1, 0, 0, 1})));
}

TEST(TargetGrid, NearestStaysBinary) {
  const auto grid = target_grid(corner_mask(), 2, "nearest");
  EXPECT_TRUE(((grid == 0) | (grid == 1)).all().item<bool>());
}

TEST(TargetGrid, SameSizeChangesNothing) {
  for (const char* form : {"area", "bilinear_corners", "nearest"})
    EXPECT_TRUE(torch::equal(target_grid(corner_mask(), 4, form), corner_mask())) << form;
}

TEST(TargetGrid, EmptyAndFullStayEmptyAndFull) {
  for (const char* form : {"area", "bilinear_corners", "nearest"}) {
    EXPECT_EQ(target_grid(torch::zeros({2, 1, 64, 64}), 8, form).abs().max().item<float>(), 0) << form;
    EXPECT_NEAR(target_grid(torch::ones({2, 1, 64, 64}), 8, form).min().item<float>(), 1, 1e-6) << form;
  }
}

TEST(TargetGrid, AreaKeepsTheLesionsShareOfTheImage) {
  torch::manual_seed(5);
  const auto mask = (torch::rand({3, 1, 64, 64}) > 0.7).to(torch::kFloat32);
  EXPECT_TRUE(torch::allclose(target_grid(mask, 8, "area").mean({1, 2, 3}), mask.mean({1, 2, 3})));
}

TEST(TargetGrid, RefusesAnUnknownForm) { EXPECT_THROW(target_grid(corner_mask(), 2, "arae"), ConfigError); }

TEST(TargetGrid, RefusesOtherShapes) {
  EXPECT_THROW(target_grid(torch::zeros({4, 4}), 2, "area"), c10::Error);
  EXPECT_THROW(target_grid(torch::zeros({1, 3, 4, 4}), 2, "area"), c10::Error);
  EXPECT_THROW(target_grid(corner_mask(), 0, "area"), c10::Error);
}

}  // namespace
}  // namespace lanet
