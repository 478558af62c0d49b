#pragma once

#include <array>
#include <cstdint>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

/// One channel: ITU-R BT.601 luma of RGB, a copy of grey.
Image to_grey(const Image& image);
/// Three equal channels of grey, a copy of RGB.
Image to_rgb(const Image& image);

enum class Resampling { kBilinear, kArea, kNearest };

/// Half-pixel centres (align_corners false), edges repeated; kBilinear does not antialias, kArea averages when
/// shrinking (and is bilinear when growing).
Image resize(const Image& image, std::int64_t height, std::int64_t width,
             Resampling resampling = Resampling::kBilinear);
/// side x side, bilinear; averaged where it shrinks by more than two, because bilinear sampling would skip pixels
/// there.
Image resize_to_square(const Image& image, std::int64_t side);
/// Nearest: the mask stays 0/1.
Mask resize(const Mask& mask, std::int64_t height, std::int64_t width);
/// Bilinear with half-pixel centres.
ProbabilityMap resize(const ProbabilityMap& map, std::int64_t height, std::int64_t width);
/// Average of the mask over each cell of the grid, exact for any ratio: values in [0, 1].
ProbabilityMap area_average(const Mask& mask, std::int64_t height, std::int64_t width);

/// A 2 x 3 matrix that maps a pixel centre (column, row) of the RESULT to one of the source: x' = m0 x + m1 y + m2, y'
/// = m3 x + m4 y + m5.
using Affine = std::array<double, 6>;

/// first after second: the result maps like second, then first.
Affine compose(const Affine& first, const Affine& second);
/// Throws std::invalid_argument for a matrix without inverse.
Affine invert(const Affine& transform);

/// Samples the source at transform(result pixel): bilinear, 0 outside.
Image warp(const Image& image, const Affine& transform, std::int64_t height, std::int64_t width);
/// Nearest, 0 outside.
Mask warp(const Mask& mask, const Affine& transform, std::int64_t height, std::int64_t width);

/// Rectangle of whole pixels, clipped to the image.
Image crop(const Image& image, const Box& box);
Mask crop(const Mask& mask, const Box& box);
/// Puts a cropped mask back at box.x1, box.y1 into an all-zero mask of the full size.
Mask uncrop(const Mask& mask, const Box& box, std::int64_t height, std::int64_t width);

}  // namespace lanet
