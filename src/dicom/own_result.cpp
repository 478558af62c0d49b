#include "dicom/own_result.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "dicom/attributes.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/structure.hpp"

namespace lanet {
namespace {

constexpr std::size_t kFirstBytes = 256 * 1024;
constexpr std::uint32_t kClass = 0x00080016, kMaker = 0x00080070, kModel = 0x00081090;

bool names_lanet(const std::string& sop_class, const std::string& maker, const std::string& model) {
  const bool kind = sop_class == UID_SegmentationStorage || sop_class == UID_ComprehensiveSRStorage ||
                    sop_class == UID_SecondaryCaptureImageStorage;
  return kind && maker == "lanet" && model.starts_with("lanet ");
}

}  // namespace

bool is_own_result(const DicomFile& file) {
  DcmDataset& data = file.dataset();
  return names_lanet(file.info().sop_class_uid, text_of(data, DCM_Manufacturer),
                     text_of(data, DCM_ManufacturerModelName));
}

bool is_own_result_bytes(std::string_view first_bytes) {
  const auto texts = leading_texts(first_bytes.substr(0, kFirstBytes), kModel);
  const auto text = [&texts](std::uint32_t tag) {
    const auto found = texts.find(tag);
    return found == texts.end() ? std::string() : found->second;
  };
  return names_lanet(text(kClass), text(kMaker), text(kModel));
}

bool is_own_result_file(const std::filesystem::path& path) {
  constexpr std::size_t kBeginning = 132;  // enough to see whether it is DICOM at all
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return false;  // a pipe would wait for ever
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kBeginning, '\0');
  const auto read_on = [&](std::size_t from) {
    file.read(bytes.data() + from, static_cast<std::streamsize>(bytes.size() - from));
    bytes.resize(from + static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  };
  read_on(0);
  if (!is_dicom(bytes)) return false;
  bytes.resize(kFirstBytes);
  read_on(kBeginning);
  return is_own_result_bytes(bytes);
}

}  // namespace lanet
