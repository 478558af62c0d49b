#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

class DcmDataset;

namespace lanet {

/// How the bytes of a compressed picture tell where it ends.
enum class Codestream { kJpeg, kJpeg2000, kRunLength };

/// A picture in a row of pictures: bytes begin .. end.
struct CodestreamPart {
  std::size_t begin = 0, end = 0;
};

/// The pictures that lie one behind the other in `bytes`, found by their own markers (JPEG and JPEG-LS from SOI to EOI,
/// JPEG 2000 from SOC to EOC). A last one that is cut off counts, too. Empty where the first bytes begin no picture, or
/// where something lies between two of them. Bytes between pictures may be padding (0 or FF).
std::vector<CodestreamPart> split_codestreams(std::string_view bytes, Codestream kind);

/// What became of an object's fragments.
struct RegroupedFrames {
  std::int64_t frames = 1;  // that the object holds
  std::string doubt;        // where this is not what the header says; else empty
};

/// Puts one fragment a frame in place of any other division: frames in several fragments, several frames in one, with
/// and without an offset table. What belongs together is read from the pictures' own markers, else from the offset
/// table, else from fragments that begin a picture. Nothing is changed where there is one fragment a frame already, and
/// where no way leads to frames (compressed_frame refuses those). `frames`: as the header says.
RegroupedFrames regroup_fragments(DcmDataset& dataset, std::int64_t frames);

/// One frame's compressed bytes, its fragments joined. Throws DataError for pixels that are not encapsulated, and for
/// numbers of fragments that do not say where a frame begins.
std::string compressed_frame(DcmDataset& dataset, std::int64_t frame, std::int64_t frames, const std::string& place);

}  // namespace lanet
