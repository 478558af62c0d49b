#include "node/dicom_object.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dicom/library.hpp"
#include "dicom/structure.hpp"
#include "node/address.hpp"

namespace lanet {
namespace {

std::string text(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFString(tag, value).bad()) return "";
  return trim(std::string(value.c_str(), value.size()));
}

}  // namespace

DicomObject read_dicom_object(const std::filesystem::path& file, const InputLimits& limits) {
  DicomObject object;
  object.bytes = read_file(file, static_cast<std::uint64_t>(limits.dicom_bytes));
  const DicomStructure structure = check_dicom_structure(object.bytes, file.string(), limits);
  object.transfer_syntax = structure.transfer_syntax;
  object.format = std::make_shared<DcmFileFormat>();
  DcmDataset& data = *object.format->getDataset();
  const OFCondition status = read_dataset(object.bytes, structure, data);
  if (status.bad())
    throw DataError({file.string(), std::string("no DICOM object (") + status.text() + ")", "a PS3.10 file", ""});
  object.sop_class_uid = text(data, DCM_SOPClassUID);
  object.sop_instance_uid = text(data, DCM_SOPInstanceUID);
  object.study_uid = text(data, DCM_StudyInstanceUID);
  if (!is_uid(object.sop_class_uid) || !is_uid(object.sop_instance_uid))
    throw DataError({file.string(), "no SOP class or instance UID", "an object that can be stored", ""});
  return object;
}

}  // namespace lanet
