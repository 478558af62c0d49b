#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/attributes.hpp"
#include "dicom/lesion_frame.hpp"
#include "dicom/result_objects.hpp"

namespace lanet {

/// What all result objects of one source share.
struct ResultContext {
  const DicomFile& source;
  const ResultAlgorithm& algorithm;
  const std::vector<LesionFrame>& frames;  // at least one, in order
  std::string findings_digest;             // other findings of the same source are other objects
  std::string date, time;                  // of the making: DA, TM

  bool is_cine() const { return source.info().frames > 1; }
  /// The UID of one of the objects, or of its series.
  std::string instance_uid(const std::string& kind) const;
  std::string series_uid(const std::string& kind) const;
};

/// Patient, study and the character set as the source has them; attributes that must be there are empty where it lacks
/// them.
void put_patient_and_study(const ResultContext& context, DcmItem& object);
/// SOP common, series, equipment and contributing equipment. kind: "seg", "sr", "sc"; number: of the series.
void put_identity(const ResultContext& context, DcmItem& object, const std::string& sop_class_uid,
                  const std::string& kind, const std::string& modality, const std::string& description);
/// Whether the source's pixels were compressed with loss, as the source says it.
void put_lossy_compression(const ResultContext& context, DcmItem& object);
/// Algorithm Identification macro (PS3.3 10.16).
void put_algorithm(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence);
/// "breast, left": the region as a code, with its side where the source names it.
void put_breast(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence, const DcmTagKey& modifiers);
/// "L", "R" or "" of the source.
std::string laterality(const ResultContext& context);

/// An item with class and instance of an object; of the source with the frame where it has several.
DcmItem& append_reference(DcmItem& item, const DcmTagKey& sequence, const std::string& sop_class_uid,
                          const std::string& sop_instance_uid);
DcmItem& append_source_reference(const ResultContext& context, DcmItem& item, const DcmTagKey& sequence,
                                 std::int64_t frame);
/// The frame that was made from: source image and what was done (Derivation Image macro, PS3.3 C.7.6.16.2.6).
void put_derivation(const ResultContext& context, DcmItem& item, std::int64_t frame, const Code& derivation);

/// Words that stand in every object.
inline constexpr const char* kResearchUseOnly = "Research use only, not a medical device";

/// The finished object.
ResultObject finish_object(DcmDataset& dataset, const std::string& kind);

}  // namespace lanet
