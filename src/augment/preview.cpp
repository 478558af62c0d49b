#include "augment/preview.hpp"

#include <algorithm>
#include <cmath>

#include "dataset/classes.hpp"
#include "image/drawing.hpp"

namespace lanet {
namespace {

std::vector<std::string> spread(const std::vector<std::string>& ids, std::int64_t count) {
  const auto total = static_cast<std::int64_t>(ids.size());
  std::vector<std::string> chosen;
  for (std::int64_t index = 0; index < std::min(count, total); ++index)
    chosen.push_back(ids[static_cast<std::size_t>(index * total / std::min(count, total))]);
  return chosen;
}

Tile tile_of(const CachedSample& sample, const Augmentation& augmentation, const Appearance& look, std::int64_t side,
             const std::string& caption) {
  std::vector<float> grey(static_cast<std::size_t>(side * side)), inside(grey.size());
  augment_image(sample.image, augmentation, side, grey.data());
  apply_appearance(look, side, grey);
  augment_mask(sample.mask, augmentation, side, inside.data());
  Image image = make_image(side, side, 1);
  Mask mask = make_mask(side, side);
  for (std::size_t pixel = 0; pixel < grey.size(); ++pixel) {
    image.pixels[pixel] = static_cast<std::uint8_t>(std::lround(grey[pixel] * 255));
    mask.pixels[pixel] = inside[pixel] > 0.5F;
  }
  Image drawn = to_rgb(image);
  draw_contour(drawn, mask, kTruthColor);
  return {drawn, caption};
}

}  // namespace

Image preview_sheet(const Manifest& manifest, const std::vector<std::string>& ids, const PreviewOptions& options) {
  SilentProgress silent;
  const std::int64_t variants = options.augmented ? options.variants : 0;
  const auto chosen = spread(ids, std::max<std::int64_t>(1, options.images / (variants + 1)));
  const auto samples = load_cache(manifest, chosen, class_names(manifest.samples), {options.side * 3 / 2}, silent);
  std::vector<Tile> tiles;
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const CachedSample sample = samples.at(index);
    tiles.push_back(tile_of(sample, no_augmentation(sample.image.width, options.side), {}, options.side,
                            sample.id + " " + to_text(sample.location)));
    for (std::int64_t epoch = 1; epoch <= variants; ++epoch) {
      const Augmentation drawn = draw_augmentation(options.augment, options.seed, epoch, sample.id_hash, sample.mask,
                                                   sample.image.width, options.side);
      const Appearance look = draw_appearance(options.augment.appearance, options.seed, epoch, sample.id_hash);
      tiles.push_back(tile_of(sample, drawn, look, options.side, "epoch " + std::to_string(epoch)));
    }
  }
  return contact_sheet(tiles, variants > 0 ? variants + 1 : 6);
}

}  // namespace lanet
