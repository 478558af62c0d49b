#pragma once

#include <cstdint>
#include <string>

class DcmDataset;

namespace lanet {

/// One frame's compressed bytes, its fragments joined. Throws DataError for pixels that are not encapsulated, and for
/// numbers of fragments that do not say where a frame begins.
std::string compressed_frame(DcmDataset& dataset, std::int64_t frame, std::int64_t frames, const std::string& place);

}  // namespace lanet
