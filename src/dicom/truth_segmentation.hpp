#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "core/limits.hpp"
#include "dicom/dicom_file.hpp"
#include "image/image.hpp"

namespace lanet {

/// A frame of an image object: its SOP Instance UID, and the frame's number from 1.
using DicomFrameKey = std::pair<std::string, std::int64_t>;

/// Whether the object is a DICOM Segmentation (by its SOP Class).
bool is_segmentation(const DicomFile& file);

/// What a DICOM Segmentation marks, segments OR-ed, by the frame that it was drawn on (Source Image Sequence of the
/// frame, else the one image that the series refers to). Binary and fractional ones (half and more counts), without
/// compression. Throws DataError where that cannot be told.
std::map<DicomFrameKey, Mask> read_segmentation_masks(const DicomFile& file);

/// A name of the patient that tells nothing about who it is: the same for every object of one patient, from Patient ID
/// and its issuer by SHA-256, without a patient from the study. "" without both.
std::string patient_pseudonym(const DicomFile& file);

}  // namespace lanet
