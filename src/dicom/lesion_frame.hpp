#pragma once

#include <cstdint>
#include <vector>

#include "finding/finding.hpp"

namespace lanet {

/// Most segments of a segmentation: the last one holds the smaller lesions of a frame together.
inline constexpr std::size_t kMostSegments = 8;

/// A part of a mask with a bit a pixel of its box.
struct PackedPart {
  Box box;                         // whole pixels
  std::vector<std::uint8_t> bits;  // row by row, the lowest bit first

  /// Sets the part's bits in a picture of `columns` columns that begins at bit `first` of `target`.
  void unpack(std::vector<std::uint8_t>& target, std::int64_t first, std::int64_t columns) const;
};

/// A finding that is small enough to keep one for every frame of a cine.
struct LesionFrame {
  std::int64_t frame = 0;  // of the source, from 0
  Finding finding;         // without its mask
  std::int64_t mask_height = 0, mask_width = 0;
  std::vector<std::vector<PackedPart>> segments;  // the largest component, the second one ... (kMostSegments)
};

LesionFrame pack_lesions(std::int64_t frame, const Finding& finding);
/// The whole mask again; empty where the finding had none.
Mask unpack_mask(const LesionFrame& packed);

}  // namespace lanet
