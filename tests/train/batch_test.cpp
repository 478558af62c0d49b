#include "train/batch.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/all_augmentations.hpp"
#include "support/phantom_dataset.hpp"
#include "support/temporary_folder.hpp"

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

}  // namespace
}  // namespace lanet
