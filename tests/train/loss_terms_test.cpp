#include "train/loss_terms.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace lanet {
namespace {

torch::Tensor count(std::int64_t images) { return torch::tensor(images); }

TEST(LossNumbers, AreTheTermsAndTheImagesTheyRestOn) {
  LossTerms terms;
  terms.total = torch::tensor(0.75F).requires_grad_(true) * 2;
  terms.parts = {{torch::tensor(0.1, torch::kFloat64), count(3)}, {{}, count(2)}, {torch::tensor(0.25F), count(2)}};
  const LossNumbers numbers = numbers_of(terms, 4);
  EXPECT_EQ(numbers.total, 1.5);
  EXPECT_EQ(numbers.images, 4);
  ASSERT_EQ(numbers.parts.size(), 3U);
  EXPECT_EQ(numbers.parts[0].value, 0.1);
  EXPECT_EQ(numbers.parts[0].images, 3);
  EXPECT_TRUE(std::isnan(numbers.parts[1].value)) << "there is none";
  EXPECT_EQ(numbers.parts[2].value, 0.25);
}

TEST(LossNumbers, MeansAreWeightedByImages) {
  const double none = std::nan("");
  MeanOfBatches means;
  means.add({1, 3, {{0.5, 2}, {2, 3}, {none, 0}}});
  means.add({3, 1, {{1, 1}, {none, 0}, {4, 1}}});
  const PassMeans pass = means.means();
  EXPECT_EQ(pass.loss, 1.5);                   // (1 * 3 + 3 * 1) / 4
  EXPECT_NEAR(pass.parts[0], 2.0 / 3, 1e-12);  // (0.5 * 2 + 1 * 1) / 3
  EXPECT_EQ(pass.parts[1], 2);                 // the first alone
  EXPECT_EQ(pass.parts[2], 4);                 // the second alone
  EXPECT_TRUE(std::isnan(MeanOfBatches().means().loss));
  means.add({none, 1, {{0, 0}, {0, 0}, {0, 0}}});
  EXPECT_TRUE(std::isnan(means.means().loss)) << "a loss that broke is not left out";
}

}  // namespace
}  // namespace lanet
