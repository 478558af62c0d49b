#include "dicom/library.hpp"

#include <mutex>
#include <stdexcept>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

namespace lanet {

void prepare_dicom_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation);
    DJLSDecoderRegistration::registerCodecs();
  });
}

OFCondition read_dataset(const std::string& bytes, const DicomStructure& structure, DcmDataset& data) {
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data() + structure.dataset, static_cast<offile_off_t>(bytes.size() - structure.dataset));
  stream.setEos();
  data.transferInit();
  OFCondition status = EC_CorruptedData;
  try {
    status = data.read(stream, DcmXfer(structure.transfer_syntax.c_str()).getXfer(), EGL_noChange, DCM_MaxReadLength);
  } catch (const std::logic_error&) {  // std::out_of_range from DcmByteString::verify of a damaged record type
  }
  data.transferEnd();
  // What the stream still holds must not be needed later: the bytes belong to the caller.
  if (status.good()) data.loadAllDataIntoMemory();
  return status;
}

}  // namespace lanet
