#include "dicom/structured_report.hpp"

#include <algorithm>

#include <dcmtk/dcmdata/dcuid.h>

#include "core/text.hpp"
#include "core/version.hpp"
#include "dicom/codes.hpp"
#include "dicom/report_content.hpp"
#include "dicom/segmentation.hpp"
#include "finding/class_meaning.hpp"
#include "finding/no_lesion.hpp"

namespace lanet {
namespace {

constexpr double kPercent = 100;
constexpr auto kContains = Relation::kContains;
constexpr auto kModifier = Relation::kHasConceptModifier;
constexpr auto kObservation = Relation::kHasObservationContext;

/// Names of items and rows of PS3.16 that only a report has.
Code dcm(const char* value, const char* meaning) { return {value, "DCM", meaning}; }

Code class_code(const std::string& name) {
  switch (class_meaning(name)) {
    case ClassMeaning::kBenign:
      return codes::kBenign;
    case ClassMeaning::kMalignant:
      return codes::kMalignant;
    case ClassMeaning::kNormal:
      return codes::kNormal;
    case ClassMeaning::kUnknown:
      break;
  }
  return {plain_text(name, 16), codes::kOwnScheme, plain_text(name, 64)};
}

void add_observer(const ResultContext& context, DcmItem& report) {
  const std::string device[] = {"device", context.algorithm.model, context.algorithm.model_version};
  add_code(report, kObservation, dcm("121005", "Observer Type"), dcm("121007", "Device"));
  add_uid(report, kObservation, dcm("121012", "Device Observer UID"), derived_uid(device));
  add_text(report, kObservation, dcm("121013", "Device Observer Name"), "lanet " + std::string(kVersion));
  add_text(report, kObservation, dcm("121014", "Device Observer Manufacturer"), "lanet");
  add_text(report, kObservation, dcm("121015", "Device Observer Model Name"), context.algorithm.model);
  add_text(report, kObservation, dcm("121016", "Device Observer Serial Number"), context.algorithm.model_version);
}

void add_head(const ResultContext& context, DcmItem& report) {
  add_code(report, kModifier, dcm("121049", "Language of Content Item and Descendants"), {"en", "RFC5646", "English"});
  add_observer(context, report);
  add_code(report, kModifier, dcm("121058", "Procedure reported"), codes::kUltrasonographyOfBreast);
}

/// TID 1600: the source.
void add_library(const ResultContext& context, DcmItem& report) {
  DcmItem& library = add_container(report, dcm("111028", "Image Library"), "1600");
  DcmItem& group = add_container(library, dcm("126200", "Image Library Group"));
  add_code(group, Relation::kHasAcquisitionContext, dcm("121139", "Modality"), dcm("US", "Ultrasound"));
  DcmItem& region = add_code(group, Relation::kHasAcquisitionContext, dcm("123014", "Target Region"), codes::kBreast);
  const std::string side = laterality(context);
  if (!side.empty()) add_code(region, kModifier, codes::kLaterality, side == "L" ? codes::kLeft : codes::kRight);
  const DicomInfo& info = context.source.info();
  append_reference(add_image(group, {}), DCM_ReferencedSOPSequence, info.sop_class_uid, info.sop_instance_uid);
}

/// "threshold of malignant 0.5", "threshold of a lesion 0.75", "threshold of a pixel 0.5".
std::vector<std::string> threshold_words(const FindingThresholds& thresholds) {
  std::vector<std::string> words;
  const auto add = [&words](const std::string& of, const std::optional<double>& value) {
    if (value) words.push_back("threshold of " + of + " " + exact(*value));
  };
  add(thresholds.positive_class, thresholds.positive);
  add("a lesion", thresholds.lesion);
  add("a pixel", thresholds.mask);
  return words;
}

/// TID 4019.
void add_algorithm(const ResultContext& context, const Finding& finding, DcmItem& group) {
  add_text(group, kModifier, dcm("111001", "Algorithm Name"), context.algorithm.model);
  add_text(group, kModifier, dcm("111003", "Algorithm Version"), context.algorithm.model_version);
  if (!finding.thresholds) return;
  for (const std::string& words : threshold_words(*finding.thresholds))
    add_text(group, kModifier, dcm("111002", "Algorithm Parameters"), words);
}

/// What every measurement group begins with: what it follows, and where.
void add_tracking(const ResultContext& context, DcmItem& group, const std::string& name) {
  const std::string uid[] = {"tracking", context.instance_uid("sr"), name};
  add_text(group, kObservation, dcm("112039", "Tracking Identifier"), name);
  add_uid(group, kObservation, dcm("112040", "Tracking Unique Identifier"), derived_uid(uid));
}

void add_site(const ResultContext& context, DcmItem& group) {
  DcmItem& site = add_code(group, kModifier, codes::kFindingSite, codes::kBreast);
  const std::string side = laterality(context);
  if (!side.empty()) add_code(site, kModifier, codes::kLaterality, side == "L" ? codes::kLeft : codes::kRight);
}

void add_probabilities(DcmItem& group, const std::vector<ClassProbability>& classes) {
  for (const ClassProbability& item : classes) {
    const Code name = item.name == "malignant" ? dcm("111047", "Probability of cancer") : codes::kClassProbability;
    DcmItem& number = add_number(group, name, kPercent * item.probability, codes::kPercent);
    add_code(number, kModifier, codes::kClass, class_code(item.name));
  }
}

void add_source(const ResultContext& context, DcmItem& group, const Code& purpose, std::int64_t frame) {
  append_source_reference(context, add_image(group, purpose), DCM_ReferencedSOPSequence, frame);
}

std::string frame_words(const ResultContext& context, std::int64_t frame) {
  return context.is_cine() ? "Frame " + std::to_string(frame + 1) : "Image";
}

/// "Part 2 of 2: columns 600 to 875, rows 60 to 411", as (0018,6018) counts them. number: from 1.
std::string part_words(const Finding& finding, std::size_t number) {
  const Box& region = finding.parts[number - 1].region;
  return "Part " + std::to_string(number) + " of " + std::to_string(finding.parts.size()) + ": columns " +
         fixed(region.x1, 0) + " to " + fixed(region.x2 - 1, 0) + ", rows " + fixed(region.y1, 0) + " to " +
         fixed(region.y2 - 1, 0);
}

/// The finding of a picture without a lesion, and the same in words.
void add_no_lesion(DcmItem& group) {
  add_code(group, kContains, codes::kFinding, codes::kNoAbnormality);
  add_text(group, kContains, dcm("121106", "Comment"), "No lesion found");
}

/// TID 1501: the shown frame as a whole.
void add_image_group(const ResultContext& context, const ReportFacts& facts, DcmItem& measurements) {
  const Finding& finding = facts.shown.finding;
  DcmItem& group = add_container(measurements, dcm("125007", "Measurement Group"), "1501");
  add_tracking(context, group, frame_words(context, facts.shown.frame) + " as a whole");
  add_algorithm(context, facts.shown.finding, group);
  add_site(context, group);
  add_source(context, group, codes::kSource, facts.shown.frame);
  add_probabilities(group, finding.classes);
  if (!finding.decision.empty()) add_code(group, kContains, codes::kDecision, class_code(finding.decision));
  if (says_no_lesion(finding)) add_no_lesion(group);
  if (finding.decision_part > 0)
    add_text(group, kContains, dcm("121106", "Comment"),
             "The screen shows several pictures; probabilities and decision are those of the most suspicious one. " +
                 part_words(finding, static_cast<std::size_t>(finding.decision_part)));
  for (const std::string& doubt : finding.doubts) add_text(group, kContains, codes::kDoubt, doubt);
  if (finding.lesions.size() > kMostSegments)
    add_text(group, kContains, dcm("121106", "Comment"),
             std::to_string(finding.lesions.size()) + " lesions; the " + std::to_string(kMostSegments) +
                 " largest are measured here");
  if (facts.secondary_capture)
    append_reference(add_image(group, dcm("121200", "Illustration of ROI")), DCM_ReferencedSOPSequence,
                     facts.secondary_capture->sop_class_uid, facts.secondary_capture->sop_instance_uid);
}

/// TID 1501: one of several pictures of tissue on the screen.
void add_part_group(const ResultContext& context, const ReportFacts& facts, DcmItem& measurements, std::size_t index) {
  const FindingPart& part = facts.shown.finding.parts[index];
  DcmItem& group = add_container(measurements, dcm("125007", "Measurement Group"), "1501");
  add_tracking(context, group, frame_words(context, facts.shown.frame) + " part " + std::to_string(index + 1));
  add_algorithm(context, facts.shown.finding, group);
  add_site(context, group);
  add_source(context, group, codes::kSource, facts.shown.frame);
  add_probabilities(group, part.classes);
  if (!part.decision.empty()) add_code(group, kContains, codes::kDecision, class_code(part.decision));
  if (says_no_lesion(facts.shown.finding, static_cast<std::int64_t>(index) + 1)) add_no_lesion(group);
  add_text(group, kContains, dcm("121106", "Comment"), part_words(facts.shown.finding, index + 1));
}

/// TID 1501: all frames of a cine together.
void add_cine_group(const ResultContext& context, const ReportFacts& facts, DcmItem& measurements) {
  DcmItem& group = add_container(measurements, dcm("125007", "Measurement Group"), "1501");
  add_tracking(context, group, "Cine as a whole");
  add_algorithm(context, facts.shown.finding, group);
  add_site(context, group);
  const DicomInfo& info = context.source.info();
  append_reference(add_image(group, codes::kSource), DCM_ReferencedSOPSequence, info.sop_class_uid,
                   info.sop_instance_uid);
  const auto with_lesion = std::count_if(context.frames.begin(), context.frames.end(),
                                         [](const LesionFrame& frame) { return !frame.finding.lesions.empty(); });
  const Code frames{"{frames}", "UCUM", "frames"};
  add_number(group, codes::kFramesLooked, static_cast<double>(context.frames.size()), frames);
  add_number(group, codes::kFramesWithLesion, static_cast<double>(with_lesion), frames);
  add_probabilities(group, facts.mean);
  const bool normal = std::all_of(context.frames.begin(), context.frames.end(),
                                  [](const LesionFrame& frame) { return says_no_lesion(frame.finding); });
  if (normal) add_code(group, kContains, codes::kFinding, codes::kNoAbnormality);
  const std::string shown = "frame " + std::to_string(facts.shown.frame + 1);
  add_text(group, kContains, dcm("121106", "Comment"),
           normal ? "No lesion found in any frame. Probabilities are means over the frames; " + shown +
                        " is shown, which is nearest to them"
                  : std::string("Probabilities are means over the frames ") +
                        (with_lesion > 0 ? "with a lesion" : "(none has a lesion)") + "; lesions are measured in " +
                        shown + ", where the mask is steadiest");
  const std::int64_t missing = info.frames - static_cast<std::int64_t>(context.frames.size());
  if (missing > 0) add_text(group, kContains, codes::kDoubt, std::to_string(missing) + " frames could not be read");
}

void add_sizes(DcmItem& group, const Lesion& lesion) {
  const bool calibrated = lesion.longest_mm && lesion.across_mm && lesion.area_mm2;
  const Code& length = calibrated ? codes::kMillimetres : codes::kPixels;
  add_number(group, codes::kLongAxis, calibrated ? *lesion.longest_mm : lesion.longest_px, length);
  add_number(group, codes::kShortAxis, calibrated ? *lesion.across_mm : lesion.across_px, length);
  add_number(group, codes::kArea, calibrated ? *lesion.area_mm2 : static_cast<double>(lesion.area_px),
             calibrated ? codes::kSquareMillimetres : codes::kPixels);
  add_number(group, codes::kLesionProbability, kPercent * lesion.mean_probability, codes::kPercent);
  if (!calibrated)
    add_text(group, kContains, dcm("121106", "Comment"), "The image is not calibrated: sizes are in pixels");
}

/// TID 1410: one lesion, in the segmentation where there is one.
void add_lesion_group(const ResultContext& context, const ReportFacts& facts, DcmItem& measurements,
                      std::size_t index) {
  const std::int64_t frame = segmentation_frame(context, facts.shown.frame, index);
  const bool segmented = facts.segmentation && frame > 0;
  DcmItem& group = add_container(measurements, dcm("125007", "Measurement Group"), segmented ? "1410" : "1501");
  const std::string name = "Lesion " + std::to_string(index + 1);
  add_tracking(context, group, context.is_cine() ? name + " of frame " + std::to_string(facts.shown.frame + 1) : name);
  add_algorithm(context, facts.shown.finding, group);
  add_code(group, kContains, codes::kFinding, codes::kMass);
  add_site(context, group);
  if (segmented) {
    DcmItem& reference =
        append_reference(add_image(group, dcm("121214", "Referenced Segmentation Frame")), DCM_ReferencedSOPSequence,
                         facts.segmentation->sop_class_uid, facts.segmentation->sop_instance_uid);
    put(reference, DCM_ReferencedFrameNumber, std::to_string(frame));
  }
  add_source(context, group, segmented ? codes::kSourceForSegmentation : codes::kSource, facts.shown.frame);
  const Lesion& lesion = facts.shown.finding.lesions[index];
  add_sizes(group, lesion);
  if (lesion.part > 0)
    add_text(group, kContains, dcm("121106", "Comment"),
             part_words(facts.shown.finding, static_cast<std::size_t>(lesion.part)));
}

void add_measurements(const ResultContext& context, const ReportFacts& facts, DcmItem& report) {
  DcmItem& measurements = add_container(report, dcm("126010", "Imaging Measurements"));
  if (context.is_cine()) add_cine_group(context, facts, measurements);
  add_image_group(context, facts, measurements);
  for (std::size_t index = 0; index < facts.shown.finding.parts.size(); ++index)
    add_part_group(context, facts, measurements, index);
  const std::size_t lesions = std::min(facts.shown.finding.lesions.size(), kMostSegments);
  for (std::size_t index = 0; index < lesions; ++index) add_lesion_group(context, facts, measurements, index);
}

void add_evidence(DcmItem& study, const std::string& series_uid, const std::string& sop_class_uid,
                  const std::string& sop_instance_uid) {
  DcmItem& series = append_item(study, DCM_ReferencedSeriesSequence);
  put(series, DCM_SeriesInstanceUID, series_uid);
  append_reference(series, DCM_ReferencedSOPSequence, sop_class_uid, sop_instance_uid);
}

void put_document(const ResultContext& context, const ReportFacts& facts, DcmItem& report) {
  put(report, DCM_CompletionFlag, "COMPLETE");
  put(report, DCM_VerificationFlag, "UNVERIFIED");
  put(report, DCM_PreliminaryFlag, "PRELIMINARY");
  put_empty_sequence(report, DCM_PerformedProcedureCodeSequence);
  put_empty_sequence(report, DCM_ReferencedPerformedProcedureStepSequence);
  const DicomInfo& info = context.source.info();
  DcmItem& study = append_item(report, DCM_CurrentRequestedProcedureEvidenceSequence);
  put(study, DCM_StudyInstanceUID, info.study_uid);
  add_evidence(study, info.series_uid, info.sop_class_uid, info.sop_instance_uid);
  for (const ResultObject* object : {facts.segmentation, facts.secondary_capture})
    if (object) add_evidence(study, context.series_uid(object->kind), object->sop_class_uid, object->sop_instance_uid);
}

}  // namespace

ResultObject make_structured_report(const ResultContext& context, const ReportFacts& facts) {
  DcmDataset report;
  put_identity(context, report, UID_ComprehensiveSRStorage, "sr", "SR", "report");
  put_document(context, facts, report);
  put(report, DCM_ValueType, "CONTAINER");
  append_code(report, DCM_ConceptNameCodeSequence, dcm("126000", "Imaging Measurement Report"));
  put(report, DCM_ContinuityOfContent, "SEPARATE");
  DcmItem& used = append_item(report, DCM_ContentTemplateSequence);
  put(used, DCM_MappingResource, "DCMR");
  put(used, DCM_TemplateIdentifier, "1500");
  add_head(context, report);
  add_library(context, report);
  add_measurements(context, facts, report);
  add_text(report, kContains, dcm("121106", "Comment"), kResearchUseOnly);
  return finish_object(report, "sr");
}

}  // namespace lanet
