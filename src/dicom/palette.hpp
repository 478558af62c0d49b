#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

class DcmItem;

namespace lanet {

/// The entries of a segmented palette (PS3.3 C.7.9.2): runs of values, straight lines, and references to earlier
/// segments. Throws DataError for a palette of other than `entries` values, or a segment past the end.
std::vector<std::uint16_t> expand_segments(std::span<const std::uint16_t> segments, std::size_t entries,
                                           const std::string& place);

/// Puts plain palettes in place of segmented ones, which DCMTK does not read. Nothing to do where there are none.
void expand_segmented_palettes(DcmItem& dataset, const std::string& place);

}  // namespace lanet
