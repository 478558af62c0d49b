#pragma once

#include "dicom/result_parts.hpp"

namespace lanet {

/// The overlay of a frame as Secondary Capture (PS3.3 A.8.1), RGB, "research use only" burnt in. Throws DataError where
/// the frame cannot be decoded.
ResultObject make_secondary_capture(const ResultContext& context, const LesionFrame& shown);

}  // namespace lanet
