#pragma once

namespace lanet {

/// Makes DCMTK silent and gives it its decoders; once a process, before anything of it is used.
void prepare_dicom_library();

}  // namespace lanet
