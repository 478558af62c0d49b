#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "augment/augment.hpp"

namespace lanet {

/// B images with all that the losses need.
struct Batch {
  torch::Tensor images;               // [B, 1, H, W] float in [0, 1]
  torch::Tensor masks;                // [B, 1, H, W] float 0 / 1; zeros for unlabelled and normal images
  torch::Tensor has_label;            // [B] bool: a location label exists (mask, boxes or known empty)
  torch::Tensor class_index;          // [B] long, -1 unknown
  std::vector<std::int64_t> members;  // indices into the list of samples

  std::int64_t size() const { return static_cast<std::int64_t>(members.size()); }
};

/// Images `members` of `samples`, augmented for (seed, epoch); without `options` only resized. The result does not
/// depend on the number of threads.
Batch make_batch(const ImageCache& samples, const std::vector<std::int64_t>& members, std::int64_t input_size,
                 const AugmentOptions* options = nullptr, std::uint64_t seed = 0, std::int64_t epoch = 0,
                 std::int64_t threads = 1);

/// Lists of at most batch_size indices that cover 0 .. count-1 once. Shuffled by (seed, epoch); a last batch of a
/// single image is joined to the one before it, because batch normalization cannot learn from one image of a 1 x 1
/// grid.
std::vector<std::vector<std::int64_t>> shuffled_batches(std::int64_t count, std::int64_t batch_size, std::uint64_t seed,
                                                        std::int64_t epoch);
/// The same in order, not joined.
std::vector<std::vector<std::int64_t>> ordered_batches(std::int64_t count, std::int64_t batch_size);

}  // namespace lanet
