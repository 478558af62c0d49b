#pragma once

#include <string>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "dicom/structure.hpp"

namespace lanet {

/// Makes DCMTK silent and gives it its decoders; once a process, before anything of it is used.
void prepare_dicom_library();

/// Reads what lies behind a file's header into `data`. The header is left out: its own length may lie, and DCMTK would
/// believe it. What DCMTK throws for values that it cannot check is a bad condition as well.
OFCondition read_dataset(const std::string& bytes, const DicomStructure& structure, DcmDataset& data);

}  // namespace lanet
