#pragma once

#include <optional>

#include "dicom/result_parts.hpp"

namespace lanet {

/// Number of a segmentation's frame, from 1, that holds a lesion (from 0: the largest) of a frame of the source; 0
/// where there is none.
std::int64_t segmentation_frame(const ResultContext& context, std::int64_t source_frame, std::size_t lesion);

/// Binary DICOM Segmentation (PS3.3 A.51): the largest lesion of each frame is segment 1, the second largest segment 2
/// ... Its frames stand segment by segment, in the order of the source, only those with a lesion. Nothing without a
/// lesion. Throws DataError past limits.dicom_bytes.
std::optional<ResultObject> make_segmentation(const ResultContext& context);

}  // namespace lanet
