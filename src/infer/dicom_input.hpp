#pragma once

#include <cstdint>
#include <string>

#include "dicom/dicom_file.hpp"
#include "infer/finder.hpp"

namespace lanet {

/// A frame (from 0) of a DICOM object as everything that looks at DICOM looks at it: predict, the server, the node and
/// the C interface. Its tissue regions, spacing and doubts go along. Throws DataError for a frame that cannot be
/// decoded.
FinderInput dicom_input(const DicomFile& file, std::int64_t frame, std::string id);

}  // namespace lanet
