#include "train/batch.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/phantom_dataset.hpp"
#include "support/temporary_folder.hpp"
#include "train/validation.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

TEST(Batches, CoverEverythingOnceAndAreSeeded) {
  std::vector<std::int64_t> seen;
  for (const auto& members : shuffled_batches(17, 8, 1, 1)) {
    EXPECT_GE(members.size(), 2U) << "a batch of one cannot be normalized";
    seen.insert(seen.end(), members.begin(), members.end());
  }
  EXPECT_NE(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  std::sort(seen.begin(), seen.end());
  for (std::int64_t index = 0; index < 17; ++index) EXPECT_EQ(seen[static_cast<std::size_t>(index)], index);
  EXPECT_EQ(shuffled_batches(17, 8, 1, 1), shuffled_batches(17, 8, 1, 1));
  EXPECT_NE(shuffled_batches(17, 8, 1, 1), shuffled_batches(17, 8, 1, 2));
  EXPECT_EQ(ordered_batches(3, 2), (std::vector<std::vector<std::int64_t>>{{0, 1}, {2}}));
}

/// Twelve phantoms as training sees them; `swapped` exchanges their classes and nothing else.
ImageCache phantom_cache(const fs::path& folder, bool swapped = false) {
  Manifest manifest = write_phantoms(folder, 12);
  std::vector<std::string> ids;
  for (Sample& sample : manifest.samples) {
    ids.push_back(sample.id);
    if (swapped) sample.class_name = sample.class_name == "benign" ? "malignant" : "benign";
  }
  manifest.samples[3].location = Location::kNone;
  manifest.samples[3].masks.clear();
  SilentProgress silent;
  return load_cache(manifest, ids, {"benign", "malignant"}, {48}, silent);
}

AugmentOptions all_augmentations() {
  AugmentOptions options;
  options.rotation_degrees = 20;
  options.aspect = 0.2;
  options.keep_lesion = true;
  AppearanceOptions& look = options.appearance;
  look.gamma = look.dynamic_range = look.gain_curves = look.blur = look.sharpness = look.speckle = 0.3;
  look.shadow = look.border = look.marks = look.style = 0.5;
  return options;
}

TEST(Batches, DoNotDependOnThreads) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path());
  const AugmentOptions options = all_augmentations();
  const std::vector<std::int64_t> members{7, 3, 0, 11, 5, 1, 2};
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    const Batch one = make_batch(samples, members, 32, &options, 1, epoch, 1);
    const Batch four = make_batch(samples, members, 32, &options, 1, epoch, 4);
    EXPECT_TRUE(torch::equal(one.images, four.images));
    EXPECT_TRUE(torch::equal(one.masks, four.masks));
    EXPECT_TRUE(torch::equal(one.has_label, four.has_label));
    EXPECT_TRUE(torch::equal(one.class_index, four.class_index));
    EXPECT_FALSE(one.has_label[1].item<bool>());
    EXPECT_EQ(one.class_index[0].item<std::int64_t>(), 1);
  }
  // An image is the same whatever else is in its batch.
  const Batch whole = make_batch(samples, members, 32, &options, 1, 0, 2);
  const Batch alone = make_batch(samples, {11}, 32, &options, 1, 0, 2);
  EXPECT_TRUE(torch::equal(whole.images[3], alone.images[0]));
}

TEST(Batches, TheLookDoesNotDependOnTheClass) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path()), swapped = phantom_cache(folder.path(), true);
  const AugmentOptions options = all_augmentations();
  const auto members = ordered_batches(12, 12).front();
  const Batch one = make_batch(samples, members, 32, &options, 1, 1),
              other = make_batch(swapped, members, 32, &options, 1, 1);
  EXPECT_FALSE(torch::equal(one.class_index, other.class_index));
  EXPECT_TRUE(torch::equal(one.images, other.images));
}

TEST(Batches, OptionsThatAreOffChangeNothing) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path());
  AugmentOptions off = all_augmentations();
  off.enabled = false;
  const Batch plain = make_batch(samples, {0, 1, 2}, 32), same = make_batch(samples, {0, 1, 2}, 32, &off, 1, 1);
  EXPECT_TRUE(torch::equal(plain.images, same.images));
  // Style: grey level and slow changes of another image, the mask stays.
  AugmentOptions style;
  style.appearance.style = 1;
  const AugmentOptions paper;
  const Batch with = make_batch(samples, {0, 1, 2}, 32, &style, 1, 1),
              without = make_batch(samples, {0, 1, 2}, 32, &paper, 1, 1);
  EXPECT_FALSE(torch::equal(with.images, without.images));
  EXPECT_TRUE(torch::equal(with.masks, without.masks));
}

Batch labels_only(const std::vector<bool>& has_label, const std::vector<std::int64_t>& class_index) {
  Batch batch;
  batch.members.resize(class_index.size());
  batch.has_label = torch::empty({static_cast<std::int64_t>(has_label.size())}, torch::kBool);
  for (std::size_t row = 0; row < has_label.size(); ++row)
    batch.has_label[static_cast<std::int64_t>(row)] = static_cast<bool>(has_label[row]);
  batch.class_index = torch::tensor(class_index);
  return batch;
}

TEST(LossNumbers, AreTheTermsAndTheImagesTheyRestOn) {
  HybridLoss loss;
  loss.total = torch::tensor(0.75F).requires_grad_(true) * 2;
  loss.classification = torch::tensor(0.1, torch::kFloat64);
  loss.pseudo = torch::tensor(0.25F);
  const LossNumbers numbers = numbers_of(loss, labels_only({true, false, true, false}, {0, -1, 1, 1}));
  EXPECT_EQ(numbers.total, 1.5);
  EXPECT_EQ(numbers.classification, 0.1);
  EXPECT_TRUE(std::isnan(numbers.labelled)) << "there is none";
  EXPECT_EQ(numbers.pseudo, 0.25);
  EXPECT_EQ(numbers.images, 4);
  EXPECT_EQ(numbers.labelled_images, 2);
  EXPECT_EQ(numbers.classified_images, 3);
}

TEST(LossNumbers, MeansAreWeightedByImages) {
  const double none = std::nan("");
  MeanOfBatches means;
  means.add({1, 0.5, 2, none, 3, 3, 2});
  means.add({3, 1, none, 4, 1, 0, 1});
  const PassMeans pass = means.means();
  EXPECT_EQ(pass.loss, 1.5);                     // (1 * 3 + 3 * 1) / 4
  EXPECT_NEAR(pass.class_loss, 2.0 / 3, 1e-12);  // (0.5 * 2 + 1 * 1) / 3
  EXPECT_EQ(pass.location_loss, 2);              // the first alone
  EXPECT_EQ(pass.pseudo_loss, 4);                // the second alone: 1 - 0 images
  EXPECT_TRUE(std::isnan(MeanOfBatches().means().loss));
  means.add({none, 0, 0, 0, 1, 0, 0});
  EXPECT_TRUE(std::isnan(means.means().loss)) << "a loss that broke is not left out";
}

}  // namespace
}  // namespace lanet
