#include "dataset/image_cache.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

CachedSample load_sample(const Manifest& manifest, const Sample& sample, const std::vector<std::string>& classes,
                         std::int64_t side) {
  Image image = to_grey(read_image(manifest.image_path(sample)));
  CachedSample cached;
  cached.id = sample.id;
  cached.id_hash = stable_hash(sample.id);
  const auto name = std::find(classes.begin(), classes.end(), sample.class_name);
  cached.class_index = name == classes.end() ? -1 : name - classes.begin();
  cached.location = sample.location;
  cached.original_height = image.height;
  cached.original_width = image.width;
  auto mask = read_truth_mask(manifest, sample, image.height, image.width);
  if (sample.crop) {
    image = crop(image, *sample.crop);
    if (mask) mask = crop(*mask, *sample.crop);
    if (image.empty()) throw DataError({sample.id, "a crop outside the image", "a part of it", ""});
  }
  cached.image = resize_to_square(image, side);
  if (mask) cached.mask = resize(*mask, side, side);
  return cached;
}

}  // namespace

std::vector<CachedSample> load_cache(const Manifest& manifest, const std::vector<std::string>& ids,
                                     const std::vector<std::string>& classes, std::int64_t side, std::int64_t threads,
                                     Progress& progress) {
  std::vector<CachedSample> cache(ids.size());
  std::vector<std::string> problems(ids.size());
  std::atomic<std::size_t> next{0};
  std::mutex progress_mutex;
  std::int64_t done = 0;
  progress.begin("decoding", static_cast<std::int64_t>(ids.size()));
  const auto work = [&] {
    for (std::size_t index = next++; index < ids.size(); index = next++) {
      try {
        const std::int64_t position = manifest.find(ids[index]);
        if (position < 0) throw DataError({ids[index], "no image of this id", "an id of the manifest", ""});
        cache[index] = load_sample(manifest, manifest.samples[static_cast<std::size_t>(position)], classes, side);
      } catch (const std::exception& error) {
        problems[index] = error.what();
      }
      const std::lock_guard lock(progress_mutex);
      progress.update(++done, "");
    }
  };
  std::vector<std::thread> workers;
  for (std::int64_t thread = 1; thread < threads; ++thread) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  std::erase(problems, "");
  if (!problems.empty()) throw DataError(join_text(problems, "\n"));
  progress.end(std::to_string(ids.size()) + " images");
  return cache;
}

}  // namespace lanet
