#include "augment/augment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

Affine shift(double x, double y) { return {1, 0, x, 0, 1, y}; }
Affine scale(double x, double y) { return {x, 0, 0, 0, y, 0}; }

Affine rotation(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  return {std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0};
}

/// Maps result pixel centres to the unit square centred on 0 and from there to the source: pixel p is the point (p +
/// 0.5) / side - 0.5.
Affine result_to_source(const Affine& in_unit_square, std::int64_t cache_side, std::int64_t input_size) {
  const auto result = static_cast<double>(input_size);
  const auto source = static_cast<double>(cache_side);
  const Affine to_unit = compose(scale(1 / result, 1 / result), shift(0.5 - result / 2, 0.5 - result / 2));
  const Affine from_unit = compose(shift(source / 2 - 0.5, source / 2 - 0.5), scale(source, source));
  return compose(from_unit, compose(in_unit_square, to_unit));
}

}  // namespace

void AugmentOptions::visit(FieldVisitor& visitor) {
  visitor.field("enabled", enabled, "false: every image is only resized");
  visitor.field("quarter_turns", quarter_turns, "turn by 0, 90, 180 or 270 degrees, each as likely");
  visitor.field("rotation_degrees", rotation_degrees, "further turn, uniform in -x..x degrees; 0 turns it off");
  visitor.field("flip_horizontal", flip_horizontal, "mirror left and right in half of the cases");
  visitor.field("flip_vertical", flip_vertical, "mirror top and bottom in half of the cases");
  visitor.field("crop_low", crop_low, "smallest share of each side that a random crop keeps, 0.1..1");
  visitor.field("crop_high", crop_high, "largest share of each side; 1 with crop_low = 1 turns cropping off");
  visitor.field("brightness", brightness, "added grey value, uniform in -x..x of the grey range; 0 turns it off");
  visitor.field("contrast", contrast, "factor around the image's mean, uniform in 1-x..1+x; 0 turns it off");
  visitor.field("aspect", aspect, "width to height of the crop, by a factor between 1/(1+x) and 1+x; 0 turns it off");
  visitor.field("keep_lesion", keep_lesion,
                "true: a crop that would cut off more than half of the lesion is drawn again, so that an image whose "
                "class is a lesion's always shows one");
  visitor.table("appearance", appearance,
                "Random changes of the look: what differs between machines; none in the paper");
}

void AugmentOptions::validate() const {
  require_range("augment.rotation_degrees", rotation_degrees, 0, 180);
  require_range("augment.crop_low", crop_low, 0.1, 1);
  require_range("augment.crop_high", crop_high, crop_low, 1);
  require_range("augment.brightness", brightness, 0, 1);
  require_range("augment.contrast", contrast, 0, 1);
  require_range("augment.aspect", aspect, 0, 1);
  appearance.validate();
}

Augmentation no_augmentation(std::int64_t cache_side, std::int64_t input_size) {
  return {result_to_source({1, 0, 0, 0, 1, 0}, cache_side, input_size), 0, 1};
}

Augmentation draw_augmentation(const AugmentOptions& options, std::uint64_t seed, std::int64_t epoch,
                               std::uint64_t id_hash, std::int64_t cache_side, std::int64_t input_size,
                               std::uint64_t attempt) {
  if (!options.enabled) return no_augmentation(cache_side, input_size);
  const std::string purpose = attempt == 0 ? "augment" : "augment again " + std::to_string(attempt);
  RandomStream random(seed, purpose, static_cast<std::uint64_t>(epoch), id_hash);
  // Every number is drawn whether or not its option is on: switching one off leaves the others as they were.
  const auto quarter = static_cast<double>(random.below(4));
  const double turn = random.uniform(-1, 1);
  const bool mirror_x = random.chance(0.5);
  const bool mirror_y = random.chance(0.5);
  const double kept = random.uniform(options.crop_low, options.crop_high);
  const double offset_x = random.uniform(-0.5, 0.5) * (1 - kept);
  const double offset_y = random.uniform(-0.5, 0.5) * (1 - kept);
  const double bright = random.uniform(-1, 1);
  const double contrast = random.uniform(-1, 1);
  const double stretch = std::pow(1 + options.aspect, random.uniform(-0.5, 0.5));

  const double degrees = (options.quarter_turns ? 90 * quarter : 0) + options.rotation_degrees * turn;
  const Affine mirror = scale(options.flip_horizontal && mirror_x ? -1 : 1, options.flip_vertical && mirror_y ? -1 : 1);
  const Affine cropped = compose(shift(offset_x, offset_y), scale(kept * stretch, kept / stretch));
  const Affine unit = compose(cropped, compose(rotation(degrees), mirror));
  return {result_to_source(unit, cache_side, input_size), options.brightness * bright, 1 + options.contrast * contrast};
}

Augmentation draw_augmentation(const AugmentOptions& options, std::uint64_t seed, std::int64_t epoch,
                               std::uint64_t id_hash, const Mask& mask, std::int64_t cache_side,
                               std::int64_t input_size) {
  constexpr std::uint64_t kAttempts = 8;
  const std::int64_t lesion = options.keep_lesion ? area(mask) : 0;
  for (std::uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    const Augmentation drawn = draw_augmentation(options, seed, epoch, id_hash, cache_side, input_size, attempt);
    if (lesion == 0) return drawn;
    // Pixels of the result are so many of the source.
    const Affine& map = drawn.geometry;
    const double size = std::abs(map[0] * map[4] - map[1] * map[3]);
    const auto left = static_cast<double>(area(warp(mask, map, input_size, input_size))) * size;
    if (2 * left >= static_cast<double>(lesion)) return drawn;
  }
  return no_augmentation(cache_side, input_size);
}

void augment_image(const Image& image, const Augmentation& augmentation, std::int64_t size, float* out) {
  const Image warped = warp(image, augmentation.geometry, size, size);
  double sum = 0;
  for (const std::uint8_t pixel : warped.pixels) sum += pixel;
  const auto mean = static_cast<float>(sum / 255 / static_cast<double>(warped.pixels.size()));
  const auto contrast = static_cast<float>(augmentation.contrast);
  const float offset = mean * (1 - contrast) + static_cast<float>(augmentation.brightness);
  // 256 grey values: a table is exact and spares a million multiplications a batch.
  std::array<float, 256> grey{};
  for (std::size_t value = 0; value < grey.size(); ++value)
    grey[value] = std::clamp(static_cast<float>(value) / 255 * contrast + offset, 0.0F, 1.0F);
  for (std::size_t pixel = 0; pixel < warped.pixels.size(); ++pixel) out[pixel] = grey[warped.pixels[pixel]];
}

void augment_mask(const Mask& mask, const Augmentation& augmentation, std::int64_t size, float* out) {
  if (mask.empty()) {
    std::fill_n(out, size * size, 0.0F);
    return;
  }
  const Mask warped = warp(mask, augmentation.geometry, size, size);
  std::copy(warped.pixels.begin(), warped.pixels.end(), out);
}

}  // namespace lanet
