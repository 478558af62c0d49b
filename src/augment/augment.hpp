#pragma once

#include <cstdint>

#include "augment/appearance.hpp"
#include "core/settings.hpp"
#include "dataset/image_cache.hpp"
#include "image/geometry.hpp"

namespace lanet {

/// Random changes of a training image; image and mask always get the same geometry.
struct AugmentOptions {
  bool enabled = true;
  bool quarter_turns = true;
  double rotation_degrees = 0.0;
  bool flip_horizontal = true;
  bool flip_vertical = true;
  double crop_low = 0.75;
  double crop_high = 1.0;
  double brightness = 0.12;
  double contrast = 0.12;
  double aspect = 0.0;
  bool keep_lesion = false;
  AppearanceOptions appearance;

  void visit(FieldVisitor& visitor);
  void validate() const;
};

/// What happens to one image in one epoch.
struct Augmentation {
  Affine geometry;        // maps a pixel of the result (input_size) to one of the cached image
  double brightness = 0;  // added, in shares of the grey range
  double contrast = 1;    // factor around the image's mean
};

/// The plain resize from a cached square of side cache_side to input_size.
Augmentation no_augmentation(std::int64_t cache_side, std::int64_t input_size);

/// A function of (seed, epoch, image id, attempt) alone.
Augmentation draw_augmentation(const AugmentOptions& options, std::uint64_t seed, std::int64_t epoch,
                               std::uint64_t id_hash, std::int64_t cache_side, std::int64_t input_size,
                               std::uint64_t attempt = 0);

/// With options.keep_lesion the first of a few attempts that leaves at least half of the lesion in the picture, else
/// the plain resize; without it, or for a mask without a lesion, the first attempt. The mask is the cached one.
Augmentation draw_augmentation(const AugmentOptions& options, std::uint64_t seed, std::int64_t epoch,
                               std::uint64_t id_hash, const Mask& mask, std::int64_t cache_side,
                               std::int64_t input_size);

/// Image in [0, 1] after geometry and photometry, row-major, into `out` [size * size]. Outside the source: 0.
void augment_image(const Image& image, const Augmentation& augmentation, std::int64_t size, float* out);
/// Mask, nearest, as 0 / 1, with the same geometry. An empty() mask gives zeros.
void augment_mask(const Mask& mask, const Augmentation& augmentation, std::int64_t size, float* out);

}  // namespace lanet
