#include "train/batch.hpp"

#include <algorithm>
#include <numeric>

#include "core/parallel.hpp"
#include "core/random.hpp"

namespace lanet {
namespace {

/// The image whose low frequencies image `id_hash` takes on: any training image, whatever its class.
std::vector<float> other_image(const ImageCache& samples, std::int64_t input_size, std::uint64_t seed,
                               std::int64_t epoch, std::uint64_t id_hash) {
  RandomStream random(seed, "style", static_cast<std::uint64_t>(epoch), id_hash);
  const Image image = samples.at(random.below(samples.size())).image;
  std::vector<float> pixels(static_cast<std::size_t>(input_size * input_size));
  augment_image(image, no_augmentation(image.width, input_size), input_size, pixels.data());
  return pixels;
}

std::vector<std::vector<std::int64_t>> cut(const std::vector<std::int64_t>& order, std::int64_t batch_size) {
  std::vector<std::vector<std::int64_t>> batches;
  const auto count = static_cast<std::int64_t>(order.size());
  for (std::int64_t first = 0; first < count; first += batch_size)
    batches.emplace_back(order.begin() + first, order.begin() + std::min(first + batch_size, count));
  return batches;
}

}  // namespace

Batch make_batch(const ImageCache& samples, const std::vector<std::int64_t>& members, std::int64_t input_size,
                 const AugmentOptions* options, std::uint64_t seed, std::int64_t epoch, std::int64_t threads) {
  const auto count = static_cast<std::int64_t>(members.size());
  Batch batch;
  batch.members = members;
  batch.images = torch::empty({count, 1, input_size, input_size}, torch::kFloat32);
  batch.masks = torch::empty({count, 1, input_size, input_size}, torch::kFloat32);
  batch.has_label = torch::empty({count}, torch::kBool);
  batch.class_index = torch::empty({count}, torch::kInt64);
  const auto pixels = static_cast<std::size_t>(input_size * input_size);
  float* images = batch.images.data_ptr<float>();
  float* masks = batch.masks.data_ptr<float>();
  bool* has_label = batch.has_label.data_ptr<bool>();
  std::int64_t* class_index = batch.class_index.data_ptr<std::int64_t>();
  parallel_for(members.size(), threads, [&](std::size_t row) {
    const CachedSample sample = samples.at(static_cast<std::size_t>(members[row]));
    const Augmentation augmentation =
        options ? draw_augmentation(*options, seed, epoch, sample.id_hash, sample.mask, sample.image.width, input_size)
                : no_augmentation(sample.image.width, input_size);
    float* image = images + row * pixels;
    augment_image(sample.image, augmentation, input_size, image);
    if (options && options->enabled && options->appearance.any()) {
      const Appearance look = draw_appearance(options->appearance, seed, epoch, sample.id_hash);
      const std::vector<float> other =
          look.style_share > 0 ? other_image(samples, input_size, seed, epoch, sample.id_hash) : std::vector<float>();
      apply_appearance(look, input_size, {image, pixels}, other);
    }
    augment_mask(sample.mask, augmentation, input_size, masks + row * pixels);
    has_label[row] = sample.location != Location::kNone;
    class_index[row] = sample.class_index;
  });
  return batch;
}

std::vector<std::vector<std::int64_t>> shuffled_batches(std::int64_t count, std::int64_t batch_size, std::uint64_t seed,
                                                        std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, "order", static_cast<std::uint64_t>(epoch));
  random.shuffle(order);
  auto batches = cut(order, batch_size);
  if (batches.size() > 1 && batches.back().size() == 1) {
    batches[batches.size() - 2].push_back(batches.back().front());
    batches.pop_back();
  }
  return batches;
}

std::vector<std::vector<std::int64_t>> ordered_batches(std::int64_t count, std::int64_t batch_size) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return cut(order, batch_size);
}

}  // namespace lanet
