#pragma once

#include <array>
#include <cstdint>

#include "image/image.hpp"

namespace lanet {

/// 256 bits of a picture's coarse structure: grey, averaged to 64 x 64, the 16 x 16 lowest frequencies of its cosine
/// transform (without the mean), each above or below their median (pHash, Zauner 2010, with four times its bits). Equal
/// pictures of other size, contrast or compression differ in few bits, other pictures in about half.
struct PerceptualHash {
  std::array<std::uint64_t, 4> bits{};
  bool operator==(const PerceptualHash&) const = default;
};
inline constexpr int kHashBits = 256;

PerceptualHash perceptual_hash(const Image& image);
/// The hash of the picture mirrored left to right.
PerceptualHash mirrored_hash(const Image& image);
/// Number of bits that differ, 0..256.
int hamming_distance(const PerceptualHash& first, const PerceptualHash& second);

/// Correlation of the grey values of both pictures at 64 x 64, -1..1; 0 for a constant picture. What a near hash is
/// confirmed by.
double grey_correlation(const Image& first, const Image& second);

}  // namespace lanet
