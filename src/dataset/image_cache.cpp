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

/// Everything but the pixels and the size of the file.
CachedSample describe(const Sample& sample, const std::vector<std::string>& classes) {
  CachedSample cached;
  cached.id = sample.id;
  cached.id_hash = stable_hash(sample.id);
  const auto name = std::find(classes.begin(), classes.end(), sample.class_name);
  cached.class_index = name == classes.end() ? -1 : name - classes.begin();
  cached.location = sample.location;
  return cached;
}

CachedSample load_sample(const Manifest& manifest, const Sample& sample, const std::vector<std::string>& classes,
                         std::int64_t side) {
  Image image = to_grey(read_image(manifest.image_path(sample)));
  CachedSample cached = describe(sample, classes);
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
  cached.has_lesion =
      std::any_of(cached.mask.pixels.begin(), cached.mask.pixels.end(), [](auto pixel) { return pixel != 0; });
  return cached;
}

}  // namespace

ImageCache::ImageCache(std::vector<CachedSample> samples, std::int64_t side, std::int64_t memory_bytes,
                       const std::filesystem::path& overflow_folder)
    : samples_(std::move(samples)), side_(side) {
  std::size_t end = 0;
  const auto square = static_cast<std::size_t>(side * side);
  for (const CachedSample& sample : samples_) {
    offsets_.push_back(end);
    end += sample.location == Location::kNone ? square : 2 * square;
  }
  pixels_ = end > static_cast<std::size_t>(memory_bytes) ? MappedBuffer(end, overflow_folder) : MappedBuffer(end);
}

CachedSample ImageCache::at(std::size_t index) const {
  CachedSample sample = samples_.at(index);
  const auto square = static_cast<std::size_t>(side_ * side_);
  const auto pixels = pixels_.bytes().subspan(offsets_[index]);
  sample.image = {side_, side_, 1, {pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(square)}};
  if (sample.location != Location::kNone) {
    const auto mask = pixels.subspan(square, square);
    sample.mask = {side_, side_, {mask.begin(), mask.end()}};
  }
  return sample;
}

void ImageCache::set(std::size_t index, CachedSample sample) {
  const auto room = pixels_.bytes().subspan(offsets_.at(index));
  std::copy(sample.image.pixels.begin(), sample.image.pixels.end(), room.begin());
  std::copy(sample.mask.pixels.begin(), sample.mask.pixels.end(),
            room.begin() + static_cast<std::ptrdiff_t>(sample.image.pixels.size()));
  sample.image = {};
  sample.mask = {};
  samples_[index] = std::move(sample);
}

ImageCache load_cache(const Manifest& manifest, const std::vector<std::string>& ids,
                      const std::vector<std::string>& classes, const CacheOptions& options, Progress& progress) {
  std::vector<const Sample*> wanted;
  std::vector<CachedSample> described;
  for (const auto position : manifest.find_all(ids)) {
    wanted.push_back(&manifest.samples[position]);
    described.push_back(describe(*wanted.back(), classes));
  }
  ImageCache cache(std::move(described), options.side, options.memory_bytes, options.overflow_folder);
  std::vector<std::string> problems(ids.size());
  progress.begin("decoding", static_cast<std::int64_t>(ids.size()));
  parallel_for(
      ids.size(), options.threads,
      [&](std::size_t index) {
        try {
          cache.set(index, load_sample(manifest, *wanted[index], classes, options.side));
        } catch (const Error& error) {
          problems[index] = error.what();
        }
      },
      [&](std::int64_t finished) { progress.update(finished, ""); });
  std::erase(problems, "");
  if (!problems.empty()) throw DataError(join_text(problems, "\n"));
  progress.end(count_of(ids.size(), "image", "images") + (cache.on_disk() ? ", in a temporary file" : ""));
  return cache;
}

}  // namespace lanet
