#pragma once

#include <cstdint>
#include <span>

namespace lanet {

/// Gaussian blur of height x width values, row-major, in place; edges are mirrored. A sigma (px) of 0 leaves its
/// direction as it is.
void blur(std::span<float> pixels, std::int64_t height, std::int64_t width, double sigma_x, double sigma_y);

/// Moves the amplitudes of the lowest frequencies of `pixels` towards those of `other` and keeps the phases, so that
/// the grey level and its slow changes are the other image's while every shape stays where it is (Yang and Soatto 2020,
/// Fourier domain adaptation). Both are side x side, row-major. radius: the highest frequency that is changed, in
/// cycles per image, 0..15 (0: the mean grey alone). share: 0 keeps the image, 1 takes the other's amplitudes.
/// The result may leave [0, 1].
void mix_low_frequencies(std::span<float> pixels, std::span<const float> other, std::int64_t side, std::int64_t radius,
                         double share);

}  // namespace lanet
