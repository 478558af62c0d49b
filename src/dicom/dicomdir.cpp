#include "dicom/dicomdir.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcuid.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dicom/attributes.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/library.hpp"
#include "dicom/structure.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostParts = 16;  // PS3.10 8.2 allows 8
constexpr std::size_t kLongestPart = 64;

/// Whether a part of a File ID is a file's or folder's name: PS3.10 8.5 allows A-Z, 0-9 and _; media in the field also
/// have small letters, points and hyphens.
bool is_part(const std::string& part) {
  return !part.empty() && part.size() <= kLongestPart && part != "." && part != ".." &&
         std::all_of(part.begin(), part.end(), [](char letter) {
           return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                  (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '-';
         });
}

/// The record's path; nothing for one that is refused.
std::optional<fs::path> file_of(DcmItem& record) {
  OFString written;
  if (record.findAndGetOFStringArray(DCM_ReferencedFileID, written).bad()) return std::nullopt;
  const std::vector<std::string> parts = split_text(std::string_view(written.c_str(), written.size()), '\\');
  if (parts.size() > kMostParts) return std::nullopt;
  fs::path path;
  for (const std::string& padded : parts) {
    const std::string part = trim(padded);
    if (!is_part(part)) return std::nullopt;
    path /= part;
  }
  return path;
}

bool is_in_use(DcmItem& record) {
  Uint16 flag = 0xFFFF;
  return record.findAndGetUint16(DCM_RecordInUseFlag, flag).bad() || flag != 0;
}

/// Letters that may be shown: of a File ID that is refused.
std::string file_id(DcmItem& record) {
  OFString written;
  record.findAndGetOFStringArray(DCM_ReferencedFileID, written);
  constexpr std::size_t kShown = 100;
  std::string text(written.c_str(), written.size());
  std::replace(text.begin(), text.end(), '\\', '/');
  return plain_text(text, kShown);
}

/// Whether a file that exists lies below a folder once every link is followed.
bool lies_below(const fs::path& file, const fs::path& folder) {
  std::error_code failed;
  const fs::path real = fs::canonical(file, failed);
  if (failed) return false;
  const fs::path home = fs::canonical(folder, failed);
  return !failed && std::mismatch(home.begin(), home.end(), real.begin(), real.end()).first == home.end();
}

fs::path lower(const fs::path& path) { return to_lower(path.generic_string()); }

}  // namespace

DicomdirImages parse_dicomdir(const std::string& bytes, const std::string& place, const InputLimits& limits) {
  prepare_dicom_library();
  const DicomStructure structure = check_dicom_structure(bytes, place, limits);
  DcmDataset data;
  const OFCondition status = read_dataset(bytes, structure, data);
  DcmSequenceOfItems* records = nullptr;
  if (status.bad() || data.findAndGetSequence(DCM_DirectoryRecordSequence, records).bad() || !records)
    throw DataError({place, "no directory records", "a DICOMDIR", "name its folder instead"});
  DicomdirImages images;
  for (DcmObject* object = records->nextInContainer(nullptr); object; object = records->nextInContainer(object)) {
    auto& record = dynamic_cast<DcmItem&>(*object);
    if (text_of(record, DCM_DirectoryRecordType) != "IMAGE" || !is_in_use(record)) continue;
    if (const std::optional<fs::path> file = file_of(record))
      images.files.push_back(*file);
    else
      images.problems.push_back(
          Problem{place, "the File ID '" + file_id(record) + "'", "a file below its folder", ""}.line());
  }
  return images;
}

DicomdirImages read_dicomdir(const fs::path& dicomdir, const InputLimits& limits) {
  const fs::path folder = dicomdir.has_parent_path() ? dicomdir.parent_path() : fs::path(".");
  DicomdirImages listed =
      parse_dicomdir(read_file(dicomdir, static_cast<std::uint64_t>(limits.dicom_bytes)), dicomdir.string(), limits);
  DicomdirImages found{{}, std::move(listed.problems)};
  for (const fs::path& relative : listed.files) {
    const fs::path file = fs::exists(folder / relative) ? folder / relative : folder / lower(relative);
    const auto leave_out = [&](const std::string& got, const std::string& remedy) {
      found.problems.push_back(
          Problem{dicomdir.string(), got + " " + relative.generic_string(), "a file below its folder", remedy}.line());
    };
    if (!fs::exists(file))
      leave_out("a record of the missing file", "copy the whole medium");
    else if (!fs::is_regular_file(file) || !lies_below(file, folder))
      leave_out("a record that leads out of its folder,", "");
    else
      found.files.push_back(file);
  }
  return found;
}

bool is_dicomdir(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  constexpr std::size_t kHeaderBytes = 1024;  // the class stands among the first elements
  std::string start(kHeaderBytes, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  const std::string element = std::string("\x02\0\x02\0UI", 6);  // (0002,0002), its length follows
  const std::size_t at = start.find(element);
  return is_dicom(start) && at != std::string::npos &&
         std::string_view(start).substr(at + element.size() + 2).starts_with(UID_MediaStorageDirectoryStorage);
}

}  // namespace lanet
