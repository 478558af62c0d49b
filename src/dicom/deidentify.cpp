#include "dicom/deidentify.hpp"

#include <algorithm>
#include <cmath>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"
#include "core/settings.hpp"
#include "core/version.hpp"
#include "dicom/attribute_cleaner.hpp"
#include "dicom/attributes.hpp"
#include "dicom/blank_pixels.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

constexpr double kMostDays = 36'525;  // a hundred years

/// A term of CID 7050.
struct Method {
  const char* code;
  const char* meaning;
};

std::vector<Method> methods(const DeidentifyOptions& options) {
  std::vector<Method> list{{"113100", "Basic Application Confidentiality Profile"}};
  if (!options.keep_pixels) list.push_back({"113101", "Clean Pixel Data Option"});
  if (options.keep_dates) list.push_back({"113106", "Retain Longitudinal Temporal Information Full Dates Option"});
  if (options.shift_days != 0)
    list.push_back({"113107", "Retain Longitudinal Temporal Information Modified Dates Option"});
  if (options.keep_patient) list.push_back({"113108", "Retain Patient Characteristics Option"});
  if (options.keep_device) list.push_back({"113109", "Retain Device Identity Option"});
  if (options.keep_institution) list.push_back({"113112", "Retain Institution Identity Option"});
  return list;
}

void set(DcmDataset& data, AttributeCleaner& cleaner, const DcmTagKey& tag, const std::string& value) {
  cleaner.note(tag, data.tagExists(tag) ? "replaced" : "added");
  data.putAndInsertString(tag, value.c_str());
}

/// What was done, where readers look for it (PS3.15 E.1.1, E.2).
void describe(DcmDataset& data, AttributeCleaner& cleaner, const DeidentifyOptions& options) {
  set(data, cleaner, DCM_PatientIdentityRemoved, "YES");
  set(data, cleaner, DCM_DeidentificationMethod, std::string("lanet ") + kVersion + ", DICOM PS3.15 Annex E (2026d)");
  set(data, cleaner, DCM_LongitudinalTemporalInformationModified,
      options.keep_dates        ? "UNMODIFIED"
      : options.shift_days != 0 ? "MODIFIED"
                                : "REMOVED");
  data.findAndDeleteElement(DCM_DeidentificationMethodCodeSequence);
  cleaner.note(DCM_DeidentificationMethodCodeSequence, "added");
  for (const Method& method : methods(options)) {
    DcmItem* item = nullptr;
    data.findOrCreateSequenceItem(DCM_DeidentificationMethodCodeSequence, item, -2);
    item->putAndInsertString(DCM_CodeValue, method.code);
    item->putAndInsertString(DCM_CodingSchemeDesignator, "DCM");
    item->putAndInsertString(DCM_CodeMeaning, method.meaning);
  }
}

/// Regions that hold a picture or a curve; graphics (bars, body marks) may hold text.
std::vector<Box> named_boxes(const DicomInfo& info) {
  constexpr int kFirst = 1, kLast = 4;  // (0018,6012): 2D, M-mode, spectral, wave form
  std::vector<Box> boxes;
  for (const UltrasoundRegion& region : info.regions)
    if (region.spatial_format >= kFirst && region.spatial_format <= kLast) boxes.push_back(region.box);
  return boxes;
}

constexpr std::size_t kRegionNumbers = 4;  // of a rectangle

bool covers_all(const Mask& mask) { return area(mask) == mask.height * mask.width; }

/// Where the part of the picture that stays comes from.
enum class RegionSource { file, user, sight };

struct Kept {
  Mask mask;
  RegionSource source = RegionSource::file;
};

[[noreturn]] void refuse_without_region(const DicomFile& file, const std::string& got) {
  throw DataError({file.place(), got, "a region (0018,6011) that tells the picture from its text",
                   "name the part to keep by --region X1 Y1 X2 Y2, or say --keep-pixels if no text is burnt in"});
}

Kept kept_area(const DicomFile& file, const std::vector<std::int64_t>& wanted) {
  const DicomInfo& info = file.info();
  const auto mask = [&info](const std::vector<Box>& boxes) { return fill_boxes(boxes, info.rows, info.columns); };
  if (!wanted.empty()) {
    const auto at = [&wanted](std::size_t index) { return static_cast<double>(wanted[index]); };
    std::vector<Box> boxes;
    for (std::size_t first = 0; first < wanted.size(); first += kRegionNumbers)
      boxes.push_back({at(first), at(first + 1), at(first + 2), at(first + 3)});
    return {mask(boxes), RegionSource::user};
  }
  const Mask named = mask(named_boxes(info));
  if (area(named) > 0 && !covers_all(named)) return {named, RegionSource::file};
  const Mask found = mask({ultrasound_region(file.frame(info.frames / 2))});
  if (area(found) > 0 && !covers_all(found)) return {found, RegionSource::sight};
  refuse_without_region(file, "no ultrasound region, neither in the file nor by sight");
}

std::string description(RegionSource source) {
  switch (source) {
    case RegionSource::file:
      return "black outside the file's ultrasound regions";
    case RegionSource::user:
      return "black outside the region that was named";
    case RegionSource::sight:
      return "black outside the region that was found by sight";
  }
  return "";
}

void clean_pixels(const DicomFile& file, AttributeCleaner& cleaner, const DeidentifyOptions& options,
                  DeidentifiedObject& result) {
  const Kept kept = kept_area(file, options.region);
  const BlankedPixels done = blank_outside(file, kept.mask);
  if (kept.source == RegionSource::sight && done.stark_edges > 0)
    refuse_without_region(file, "no ultrasound region, and by sight one that may hold letters");
  result.blanked = done.blanked;
  result.pixels = description(kept.source);
  cleaner.note(DCM_PixelData, "replaced");
  result.nothing_burnt_in = kept.source == RegionSource::file && done.stark_edges == 0;
  DcmDataset& data = file.dataset();
  if (result.nothing_burnt_in) {
    set(data, cleaner, DCM_BurnedInAnnotation, "NO");
    return;
  }
  if (data.findAndDeleteElement(DCM_BurnedInAnnotation).good()) cleaner.note(DCM_BurnedInAnnotation, "removed");
  if (kept.source == RegionSource::sight)
    result.notices.push_back("the region was found from grey values, not read from the file: look at it");
  result.notices.push_back("text within the ultrasound region is not removed");
}

/// A new header: no preamble, no names of stations, no private information.
std::string clean_file(DcmDataset& dataset, E_TransferSyntax syntax, const std::string& place) {
  DcmFileFormat format(&dataset);
  DcmMetaInfo* header = format.getMetaInfo();
  header->clear();
  format.validateMetaInfo(syntax, EWM_createNewMeta);
  header->putAndInsertString(DCM_ImplementationVersionName, (std::string("LANET_") + kVersion).c_str());
  format.transferInit();
  OFCondition ended;
  std::string bytes = written_bytes(
      [&](DcmOutputStream& stream) {
        return format.write(stream, syntax, EET_UndefinedLength, nullptr, EGL_withoutGL, EPD_withoutPadding, 0, 0, 0,
                            EWM_dontUpdateMeta);
      },
      ended);
  format.transferEnd();
  if (ended.bad())
    throw DataError({place, std::string("an object that cannot be written (") + ended.text() + ")",
                     "attributes of the standard's types", "look at it with dcmdump"});
  return bytes;
}

/// Read back, and searched for what must be gone.
void verify(const DeidentifiedObject& result, const AttributeCleaner& cleaner, const DicomFile& source) {
  const DicomFile written = DicomFile::parse(result.bytes, source.place(), source.limits());
  // Pixels stand at the end and hold any bytes; the header is what is searched.
  const std::size_t pixels = result.bytes.rfind(std::string("\xE0\x7F\x10\x00", 4));
  const std::string_view header = std::string_view(result.bytes).substr(0, pixels);
  for (const std::string& value : cleaner.forbidden())
    if (header.find(value) != std::string_view::npos)
      throw DataError({source.place(), "an original UID or number that is left in a text of the result",
                       "none to be left", "look at its private or free texts with dcmdump"});
}

bool are_rectangles(const std::vector<std::int64_t>& numbers) {
  if (numbers.size() % kRegionNumbers != 0) return false;
  for (std::size_t first = 0; first < numbers.size(); first += kRegionNumbers)
    if (numbers[first] < 0 || numbers[first + 1] < 0 || numbers[first + 2] <= numbers[first] ||
        numbers[first + 3] <= numbers[first + 1])
      return false;
  return true;
}

}  // namespace

void DeidentifyOptions::validate() const {
  if (keep_dates && shift_days != 0)
    throw ConfigError({"--shift-dates", "it together with --keep-dates", "one of both", ""});
  if (!are_rectangles(region)) {
    std::string numbers;
    for (const std::int64_t number : region) numbers += (numbers.empty() ? "" : " ") + std::to_string(number);
    throw ConfigError({"--region", numbers, "X1 Y1 X2 Y2 in pixels, X2 and Y2 beyond X1 and Y1", ""});
  }
  if (!region.empty() && keep_pixels)
    throw ConfigError({"--region", "it together with --keep-pixels", "one of both", ""});
  require_range("--shift-dates", static_cast<double>(shift_days), -kMostDays, kMostDays);
}

DeidentifiedObject deidentify(DicomFile file, const DeidentifyOptions& options, Pseudonyms& pseudonyms) {
  options.validate();
  const DicomInfo& info = file.info();
  if (info.sop_instance_uid.empty() || info.sop_class_uid.empty())
    throw DataError({file.place(), "no SOP class or instance UID", "an object that others can refer to", ""});
  DcmDataset& data = file.dataset();
  DeidentifiedObject result;
  AttributeCleaner cleaner(data, options, pseudonyms);
  E_TransferSyntax syntax = EXS_LittleEndianExplicit;
  if (options.keep_pixels) {
    result.pixels = "as they were";
    result.notices.push_back("pixels as they were: text that is burnt in is still there");
    const DcmXfer original(info.transfer_syntax.c_str());
    if (original.isEncapsulated()) syntax = original.getXfer();
    if (!info.photometric.empty())  // as the file says it, be it right or wrong: its bytes stay
      data.putAndInsertString(DCM_PhotometricInterpretation, info.photometric.c_str());
  } else {
    clean_pixels(file, cleaner, options, result);
  }
  cleaner.clean();
  result.patient = pseudonyms.patient(cleaner.patient_identity());
  set(data, cleaner, DCM_PatientName, result.patient);
  set(data, cleaner, DCM_PatientID, result.patient);
  describe(data, cleaner, options);
  result.sop_instance_uid = pseudonyms.uid(info.sop_instance_uid);
  result.bytes = clean_file(data, syntax, file.place());
  result.changes = cleaner.changes();
  verify(result, cleaner, file);
  return result;
}

}  // namespace lanet
