#include "dataset/image_cache.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/parallel.hpp"
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
  progress.begin("decoding", static_cast<std::int64_t>(ids.size()));
  parallel_for(
      ids.size(), threads,
      [&](std::size_t index) {
        try {
          const std::int64_t position = manifest.find(ids[index]);
          if (position < 0) throw DataError({ids[index], "no image of this id", "an id of the manifest", ""});
          cache[index] = load_sample(manifest, manifest.samples[static_cast<std::size_t>(position)], classes, side);
        } catch (const Error& error) {
          problems[index] = error.what();
        }
      },
      [&](std::int64_t finished) { progress.update(finished, ""); });
  std::erase(problems, "");
  if (!problems.empty()) throw DataError(join_text(problems, "\n"));
  progress.end(std::to_string(ids.size()) + " images");
  return cache;
}

}  // namespace lanet
