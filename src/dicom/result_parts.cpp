#include "dicom/result_parts.hpp"

#include <algorithm>

#include <dcmtk/dcmdata/dcuid.h>

#include "core/version.hpp"
#include "dicom/codes.hpp"

namespace lanet {
namespace {

constexpr const char* kProgram = "lanet";
constexpr std::size_t kLongString = 64;  // LO

/// Patient, clinical trial subject and study, patient study (PS3.3 C.7.1 and C.7.2) as far as an image has them.
const DcmTagKey kPatientAndStudy[] = {DCM_PatientName,
                                      DCM_PatientID,
                                      DCM_IssuerOfPatientID,
                                      DCM_IssuerOfPatientIDQualifiersSequence,
                                      DCM_TypeOfPatientID,
                                      DCM_PatientBirthDate,
                                      DCM_PatientBirthTime,
                                      DCM_PatientSex,
                                      DCM_OtherPatientIDsSequence,
                                      DCM_OtherPatientNames,
                                      DCM_EthnicGroup,
                                      DCM_PatientComments,
                                      DCM_PatientIdentityRemoved,
                                      DCM_DeidentificationMethod,
                                      DCM_DeidentificationMethodCodeSequence,
                                      DCM_ClinicalTrialSponsorName,
                                      DCM_ClinicalTrialProtocolID,
                                      DCM_ClinicalTrialProtocolName,
                                      DCM_ClinicalTrialSiteID,
                                      DCM_ClinicalTrialSiteName,
                                      DCM_ClinicalTrialSubjectID,
                                      DCM_ClinicalTrialSubjectReadingID,
                                      DCM_ClinicalTrialTimePointID,
                                      DCM_ClinicalTrialTimePointDescription,
                                      DCM_StudyInstanceUID,
                                      DCM_StudyDate,
                                      DCM_StudyTime,
                                      DCM_ReferringPhysicianName,
                                      DCM_StudyID,
                                      DCM_AccessionNumber,
                                      DCM_IssuerOfAccessionNumberSequence,
                                      DCM_StudyDescription,
                                      DCM_ProcedureCodeSequence,
                                      DCM_PhysiciansOfRecord,
                                      DCM_NameOfPhysiciansReadingStudy,
                                      DCM_AdmittingDiagnosesDescription,
                                      DCM_PatientAge,
                                      DCM_PatientSize,
                                      DCM_PatientWeight,
                                      DCM_TimezoneOffsetFromUTC};
const DcmTagKey kAlwaysThere[] = {DCM_PatientName,    DCM_PatientID, DCM_PatientBirthDate,       DCM_PatientSex,
                                  DCM_StudyDate,      DCM_StudyTime, DCM_ReferringPhysicianName, DCM_StudyID,
                                  DCM_AccessionNumber};

/// Dates and times of before DICOM have points and colons in them.
void without_separators(DcmItem& object, const DcmTagKey& tag, char separator) {
  std::string value = text_of(object, tag);
  if (std::count(value.begin(), value.end(), separator) != 2) return;
  std::erase(value, separator);
  put(object, tag, value);
}

/// Beside those of the source, in the order that it has: 4 -> 401, 402, 403.
std::string series_number(const ResultContext& context, int kind) {
  constexpr int kLargest = 1'000'000, kWithoutNumber = 9000;
  const std::string text = text_of(context.source.dataset(), DCM_SeriesNumber);
  const bool digits = !text.empty() && text.size() < 7 &&
                      std::all_of(text.begin(), text.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
  const int number = digits ? std::stoi(text) : kLargest;
  return std::to_string(number < kLargest ? number * 100 + kind : kWithoutNumber + kind);
}

std::string instance_number(const ResultContext& context) {
  const std::string text = text_of(context.source.dataset(), DCM_InstanceNumber);
  const bool digits = !text.empty() && text.size() < 10 &&
                      std::all_of(text.begin(), text.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
  return digits ? text : "1";
}

void put_contributing_equipment(const ResultContext& context, DcmItem& object) {
  DcmDataset& source = context.source.dataset();
  if (!text_of(source, DCM_Manufacturer).empty()) {
    DcmItem& scanner = append_item(object, DCM_ContributingEquipmentSequence);
    append_code(scanner, DCM_PurposeOfReferenceCodeSequence, codes::kAcquisitionEquipment);
    for (const DcmTagKey& tag : {DCM_Manufacturer, DCM_InstitutionName, DCM_StationName, DCM_ManufacturerModelName,
                                 DCM_DeviceSerialNumber, DCM_SoftwareVersions})
      copy_attribute(source, scanner, tag);
  }
  DcmItem& program = append_item(object, DCM_ContributingEquipmentSequence);
  append_code(program, DCM_PurposeOfReferenceCodeSequence, codes::kProcessingEquipment);
  put(program, DCM_Manufacturer, kProgram);
  put(program, DCM_ManufacturerModelName, plain_text(context.algorithm.model, kLongString));
  put(program, DCM_SoftwareVersions, plain_text(context.algorithm.model_version, kLongString));
  put(program, DCM_ContributionDateTime, context.date + context.time);
  put(program, DCM_ContributionDescription, kResearchUseOnly);
}

void put_equipment(const ResultContext& context, DcmItem& object) {
  put(object, DCM_Manufacturer, kProgram);
  put(object, DCM_ManufacturerModelName,
      plain_text(std::string(kProgram) + " " + context.algorithm.model, kLongString));
  put(object, DCM_DeviceSerialNumber, plain_text(context.algorithm.model_version, kLongString));
  put(object, DCM_SoftwareVersions,
      plain_text(std::string(kProgram) + " " + kVersion, kLongString) + "\\" +
          plain_text(context.algorithm.model + " " + context.algorithm.model_version, kLongString));
}

void put_own_codes(DcmItem& object) {
  DcmItem& scheme = append_item(object, DCM_CodingSchemeIdentificationSequence);
  put(scheme, DCM_CodingSchemeDesignator, codes::kOwnScheme);
  put(scheme, DCM_CodingSchemeName, "Terms of lanet");
  put(scheme, DCM_CodingSchemeResponsibleOrganization, kProgram);
}

int kind_number(const std::string& kind) { return kind == "seg" ? 1 : kind == "sr" ? 2 : 3; }

}  // namespace

std::string ResultContext::instance_uid(const std::string& kind) const {
  const std::string parts[] = {
      "instance", kind, source.info().sop_instance_uid, algorithm.model, algorithm.model_version, findings_digest};
  return derived_uid(parts);
}

std::string ResultContext::series_uid(const std::string& kind) const {
  const std::string& series = source.info().series_uid;
  const std::string parts[] = {
      "series", kind, source.info().study_uid, series, algorithm.model, algorithm.model_version};
  return derived_uid(parts);
}

void put_patient_and_study(const ResultContext& context, DcmItem& object) {
  DcmDataset& source = context.source.dataset();
  for (const DcmTagKey& tag : kPatientAndStudy) copy_attribute(source, object, tag);
  for (const DcmTagKey& tag : kAlwaysThere)
    if (!object.tagExists(tag)) put(object, tag, "");
  for (const DcmTagKey& tag : {DCM_StudyDate, DCM_PatientBirthDate}) without_separators(object, tag, '.');
  without_separators(object, DCM_StudyTime, ':');
}

void put_identity(const ResultContext& context, DcmItem& object, const std::string& sop_class_uid,
                  const std::string& kind, const std::string& modality, const std::string& description) {
  copy_attribute(context.source.dataset(), object, DCM_SpecificCharacterSet);
  put_patient_and_study(context, object);
  put(object, DCM_SOPClassUID, sop_class_uid);
  put(object, DCM_SOPInstanceUID, context.instance_uid(kind));
  put(object, DCM_InstanceCreationDate, context.date);
  put(object, DCM_InstanceCreationTime, context.time);
  put(object, DCM_ContentDate, context.date);
  put(object, DCM_ContentTime, context.time);
  put(object, DCM_InstanceNumber, instance_number(context));
  put(object, DCM_Modality, modality);
  put(object, DCM_SeriesInstanceUID, context.series_uid(kind));
  put(object, DCM_SeriesNumber, series_number(context, kind_number(kind)));
  put(object, DCM_SeriesDescription,
      plain_text("lanet " + context.algorithm.model + ": " + description + " (research use only)", kLongString));
  put_equipment(context, object);
  put_contributing_equipment(context, object);
  put_own_codes(object);
}

void put_lossy_compression(const ResultContext& context, DcmItem& object) {
  DcmDataset& source = context.source.dataset();
  put(object, DCM_LossyImageCompression, text_of(source, DCM_LossyImageCompression) == "01" ? "01" : "00");
  if (text_of(source, DCM_LossyImageCompression) != "01") return;
  copy_attribute(source, object, DCM_LossyImageCompressionRatio);
  copy_attribute(source, object, DCM_LossyImageCompressionMethod);
}

void put_algorithm(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence) {
  DcmItem& algorithm = append_item(item, sequence);
  append_code(algorithm, DCM_AlgorithmFamilyCodeSequence, codes::kArtificialIntelligence);
  put(algorithm, DCM_AlgorithmName, plain_text(context.algorithm.model, kLongString));
  put(algorithm, DCM_AlgorithmVersion, plain_text(context.algorithm.model_version, kLongString));
  put(algorithm, DCM_AlgorithmSource, kProgram);
}

std::string laterality(const ResultContext& context) {
  DcmDataset& source = context.source.dataset();
  for (const DcmTagKey& tag : {DCM_ImageLaterality, DCM_Laterality, DCM_FrameLaterality})
    if (const std::string side = text_of(source, tag); side == "L" || side == "R") return side;
  return "";
}

void put_breast(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence, const DcmTagKey& modifiers) {
  DcmItem& region = append_code(item, sequence, codes::kBreast);
  const std::string side = laterality(context);
  if (!side.empty()) append_code(region, modifiers, side == "L" ? codes::kLeft : codes::kRight);
}

DcmItem& append_reference(DcmItem& item, const DcmTagKey& sequence, const std::string& sop_class_uid,
                          const std::string& sop_instance_uid) {
  DcmItem& reference = append_item(item, sequence);
  put(reference, DCM_ReferencedSOPClassUID, sop_class_uid);
  put(reference, DCM_ReferencedSOPInstanceUID, sop_instance_uid);
  return reference;
}

DcmItem& append_source_reference(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence,
                                 std::int64_t frame) {
  const DicomInfo& info = context.source.info();
  DcmItem& reference = append_reference(item, sequence, info.sop_class_uid, info.sop_instance_uid);
  if (context.is_cine()) put(reference, DCM_ReferencedFrameNumber, std::to_string(frame + 1));
  return reference;
}

void put_derivation(const ResultContext& context, DcmItem& item, std::int64_t frame, const Code& derivation) {
  DcmItem& derived = append_item(item, DCM_DerivationImageSequence);
  DcmItem& source = append_source_reference(context, derived, DCM_SourceImageSequence, frame);
  put(source, DCM_SpatialLocationsPreserved, "YES");
  append_code(source, DCM_PurposeOfReferenceCodeSequence, codes::kSourceForProcessing);
  append_code(derived, DCM_DerivationCodeSequence, derivation);
}

ResultObject finish_object(DcmDataset& dataset, const std::string& kind) {
  return {kind, text_of(dataset, DCM_SOPClassUID), text_of(dataset, DCM_SOPInstanceUID), file_bytes(dataset)};
}

}  // namespace lanet
