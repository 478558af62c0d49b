#include "dicom/segmentation.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include <dcmtk/dcmdata/dcuid.h>

#include "core/error.hpp"
#include "dicom/codes.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kBits = 8;

struct SegmentFrame {
  std::size_t segment = 0;  // from 0
  const LesionFrame* lesions = nullptr;
};

/// Segment by segment, frames in the source's order.
std::vector<SegmentFrame> frames_of(const ResultContext& context) {
  std::vector<SegmentFrame> frames;
  for (std::size_t segment = 0; segment < kMostSegments; ++segment)
    for (const LesionFrame& frame : context.frames)
      if (segment < frame.segments.size()) frames.push_back({segment, &frame});
  return frames;
}

std::string segment_label(const ResultContext& context, std::size_t segment) {
  const std::string number = std::to_string(segment + 1);
  if (segment + 1 == kMostSegments) return "Lesion " + number + " and smaller ones";
  if (context.is_cine()) return "Lesion " + number + " by size in its frame";
  const std::vector<Lesion>& lesions = context.frames.front().finding.lesions;
  const bool in_part = segment < lesions.size() && lesions[segment].part > 0;
  return "Lesion " + number + (in_part ? " in part " + std::to_string(lesions[segment].part) : "");
}

/// CIELab values (PS3.3 C.10.7.1.1) of orange, yellow, magenta, cyan in turn: well apart on grey.
void put_display_colour(DcmItem& segment, std::size_t index) {
  static constexpr std::array<std::array<Uint16, 3>, 4> kColours{
      {{45534, 42361, 52297}, {63660, 27358, 57177}, {39531, 58146, 17260}, {59709, 20537, 29265}}};
  if (segment.putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, kColours[index % kColours.size()].data(), 3)
          .bad())
    throw std::logic_error("no colour for a segment");
}

void put_segment(const ResultContext& context, DcmItem& object, std::size_t index) {
  DcmItem& segment = append_item(object, DCM_SegmentSequence);
  put_small(segment, DCM_SegmentNumber, static_cast<std::uint16_t>(index + 1));
  put(segment, DCM_SegmentLabel, segment_label(context, index));
  put(segment, DCM_SegmentDescription, kResearchUseOnly);
  put(segment, DCM_SegmentAlgorithmType, "AUTOMATIC");
  put(segment, DCM_SegmentAlgorithmName,
      plain_text(context.algorithm.model + " " + context.algorithm.model_version, 64));
  put_algorithm(context, segment, DCM_SegmentationAlgorithmIdentificationSequence);
  append_code(segment, DCM_SegmentedPropertyCategoryCodeSequence, codes::kMorphologicallyAbnormal);
  append_code(segment, DCM_SegmentedPropertyTypeCodeSequence, codes::kMass);
  put_breast(context, segment, DCM_AnatomicRegionSequence, DCM_AnatomicRegionModifierSequence);
  put_display_colour(segment, index);
}

void put_dimensions(const ResultContext& context, DcmItem& object) {
  const std::string parts[] = {"dimensions", context.instance_uid("seg")};
  const std::string organization = derived_uid(parts);
  put(append_item(object, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID, organization);
  const auto add = [&](const DcmTagKey& pointer, const DcmTagKey& group, const char* label) {
    DcmItem& index = append_item(object, DCM_DimensionIndexSequence);
    put(index, DCM_DimensionOrganizationUID, organization);
    if (index.putAndInsertTagKey(DCM_DimensionIndexPointer, pointer).bad() ||
        index.putAndInsertTagKey(DCM_FunctionalGroupPointer, group).bad())
      throw std::logic_error("no pointer of a dimension");
    put(index, DCM_DimensionDescriptionLabel, label);
  };
  add(DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence, "Segment");
  if (context.is_cine()) add(DCM_TemporalPositionIndex, DCM_FrameContentSequence, "Frame of the source");
}

void put_shared_groups(const ResultContext& context, DcmItem& object) {
  DcmItem& shared = append_item(object, DCM_SharedFunctionalGroupsSequence);
  const std::optional<PixelSpacing>& spacing = context.source.info().spacing;
  if (!spacing) return;
  const double row_then_column[] = {spacing->y_mm, spacing->x_mm};
  DcmItem& measures = append_item(shared, DCM_PixelMeasuresSequence);
  put_decimals(measures, DCM_PixelSpacing, row_then_column);
  // Readers ask for a thickness. Of a plane of ultrasound nobody knows one: 1 mm is what other writers put as well, and
  // without positions no volume follows from it.
  const double thickness = std::atof(text_of(context.source.dataset(), DCM_SliceThickness).c_str());
  put_decimals(measures, DCM_SliceThickness, std::array{thickness > 0 && thickness < 100 ? thickness : 1.0});
}

void put_frame_groups(const ResultContext& context, DcmItem& object, const SegmentFrame& frame) {
  DcmItem& groups = append_item(object, DCM_PerFrameFunctionalGroupsSequence);
  const auto segment = static_cast<std::uint16_t>(frame.segment + 1);
  const auto position = static_cast<std::uint32_t>(frame.lesions->frame + 1);
  put_derivation(context, groups, frame.lesions->frame, codes::kSegmentation);
  DcmItem& content = append_item(groups, DCM_FrameContentSequence);
  std::vector<Uint32> indices{segment};
  if (context.is_cine()) {
    put_large(content, DCM_TemporalPositionIndex, position);
    indices.push_back(position);
  }
  if (content.putAndInsertUint32Array(DCM_DimensionIndexValues, indices.data(), indices.size()).bad())
    throw std::logic_error("no index of a frame");
  put_small(append_item(groups, DCM_SegmentIdentificationSequence), DCM_ReferencedSegmentNumber, segment);
}

void put_pixels(const ResultContext& context, DcmItem& object, const std::vector<SegmentFrame>& frames) {
  const DicomInfo& info = context.source.info();
  const auto count = static_cast<std::int64_t>(frames.size());
  const std::int64_t bytes = (info.rows * info.columns * count + kBits - 1) / kBits;
  if (bytes > input_limits().dicom_bytes)
    throw DataError({context.source.place(), "a segmentation of " + std::to_string(bytes) + " bytes",
                     "at most " + std::to_string(input_limits().dicom_bytes), "raise it by --limit dicom_bytes=..."});
  std::vector<std::uint8_t> bits(static_cast<std::size_t>(bytes + bytes % 2));
  for (std::int64_t index = 0; index < count; ++index) {
    const SegmentFrame& frame = frames[static_cast<std::size_t>(index)];
    for (const PackedPart& part : frame.lesions->segments[frame.segment])
      part.unpack(bits, index * info.rows * info.columns, info.columns);
  }
  if (object.putAndInsertUint8Array(DCM_PixelData, bits.data(), static_cast<unsigned long>(bits.size())).bad())
    throw std::logic_error("no pixels of a segmentation");
}

void put_image(const ResultContext& context, DcmItem& object, std::size_t frames) {
  const DicomInfo& info = context.source.info();
  put(object, DCM_ImageType, "DERIVED\\PRIMARY");
  put(object, DCM_NumberOfFrames, std::to_string(frames));
  put_small(object, DCM_SamplesPerPixel, 1);
  put(object, DCM_PhotometricInterpretation, "MONOCHROME2");
  put_small(object, DCM_Rows, static_cast<std::uint16_t>(info.rows));
  put_small(object, DCM_Columns, static_cast<std::uint16_t>(info.columns));
  put_small(object, DCM_BitsAllocated, 1);
  put_small(object, DCM_BitsStored, 1);
  put_small(object, DCM_HighBit, 0);
  put_small(object, DCM_PixelRepresentation, 0);
  put(object, DCM_SegmentationType, "BINARY");
  put(object, DCM_ContentLabel, "LESIONS");
  put(object, DCM_ContentDescription, kResearchUseOnly);
  put(object, DCM_ContentCreatorName, "");
  put(object, DCM_PatientOrientation, "");
  put_lossy_compression(context, object);
}

}  // namespace

std::int64_t segmentation_frame(const ResultContext& context, std::int64_t source_frame, std::size_t lesion) {
  const std::vector<SegmentFrame> frames = frames_of(context);
  for (std::size_t index = 0; index < frames.size(); ++index)
    if (frames[index].segment == std::min(lesion, kMostSegments - 1) && frames[index].lesions->frame == source_frame)
      return static_cast<std::int64_t>(index) + 1;
  return 0;
}

std::optional<ResultObject> make_segmentation(const ResultContext& context) {
  const std::vector<SegmentFrame> frames = frames_of(context);
  if (frames.empty()) return std::nullopt;
  DcmDataset object;
  put_identity(context, object, UID_SegmentationStorage, "seg", "SEG", "lesion masks");
  put_image(context, object, frames.size());
  for (std::size_t segment = 0; segment <= frames.back().segment; ++segment) put_segment(context, object, segment);
  put_dimensions(context, object);
  put_shared_groups(context, object);
  for (const SegmentFrame& frame : frames) put_frame_groups(context, object, frame);
  DcmItem& series = append_item(object, DCM_ReferencedSeriesSequence);
  put(series, DCM_SeriesInstanceUID, context.source.info().series_uid);
  const DicomInfo& info = context.source.info();
  append_reference(series, DCM_ReferencedInstanceSequence, info.sop_class_uid, info.sop_instance_uid);
  put_pixels(context, object, frames);
  return finish_object(object, "seg");
}

}  // namespace lanet
