#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/limits.hpp"

class DcmFileFormat;

namespace lanet {

/// A DICOM object of any class, to be sent as it is.
struct DicomObject {
  std::string bytes;  // of the PS3.10 file
  std::string sop_class_uid, sop_instance_uid, study_uid;
  std::string transfer_syntax;
  std::shared_ptr<DcmFileFormat> format;
};

/// Reads a PS3.10 file after a walk through its structure. Throws SystemError where it cannot be read, DataError where
/// it is no DICOM object with its own UIDs.
DicomObject read_dicom_object(const std::filesystem::path& file, const InputLimits& limits = input_limits());

}  // namespace lanet
