#include "dicom/truth_segmentation.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "dicom/attributes.hpp"

namespace lanet {
namespace {

constexpr std::size_t kSeriesLetters = 12;

DcmItem* item_of(DcmItem& item, const DcmTagKey& sequence, signed long index = 0) {
  DcmItem* found = nullptr;
  return item.findAndGetSequenceItem(sequence, found, index).good() ? found : nullptr;
}

std::int64_t number_of(DcmItem& item, const DcmTagKey& tag, std::int64_t otherwise) {
  Uint16 small = 0;
  if (item.findAndGetUint16(tag, small).good()) return small;
  Sint32 value = 0;
  return item.findAndGetSint32(tag, value).good() ? value : otherwise;
}

/// The one image of Referenced Series Sequence; "" where there is none or several.
std::string only_referenced_image(DcmDataset& data) {
  std::string uid;
  DcmItem* series = item_of(data, DCM_ReferencedSeriesSequence);
  if (series == nullptr || item_of(data, DCM_ReferencedSeriesSequence, 1) != nullptr) return "";
  if (item_of(*series, DCM_ReferencedInstanceSequence, 1) != nullptr) return "";
  DcmItem* image = item_of(*series, DCM_ReferencedInstanceSequence);
  return image == nullptr ? "" : text_of(*image, DCM_ReferencedSOPInstanceUID);
}

DicomFrameKey source_of(DcmDataset& data, std::int64_t frame) {
  DcmItem* functions = item_of(data, DCM_PerFrameFunctionalGroupsSequence, static_cast<signed long>(frame));
  DcmItem* derivation = functions == nullptr ? nullptr : item_of(*functions, DCM_DerivationImageSequence);
  DcmItem* source = derivation == nullptr ? nullptr : item_of(*derivation, DCM_SourceImageSequence);
  if (source == nullptr) return {only_referenced_image(data), 1};
  return {text_of(*source, DCM_ReferencedSOPInstanceUID), number_of(*source, DCM_ReferencedFrameNumber, 1)};
}

/// Frames are packed without gaps: a binary frame may begin inside a byte.
class FramePixels {
 public:
  explicit FramePixels(const DicomFile& file) : place_(file.place()), binary_(true) {
    DcmDataset& data = file.dataset();
    const std::int64_t bits = number_of(data, DCM_BitsAllocated, 0);
    binary_ = bits == 1;
    pixels_ = static_cast<std::size_t>(file.info().rows * file.info().columns);
    most_ = static_cast<int>(number_of(data, DCM_MaximumFractionalValue, 255));
    unsigned long count = 0;
    if ((bits != 1 && bits != 8) || data.findAndGetUint8Array(DCM_PixelData, bytes_, &count).bad() || !bytes_)
      throw DataError({place_, "a segmentation of " + std::to_string(bits) + " bits or with compressed pixels",
                       "an uncompressed one of 1 or 8 bits", "convert it with dcmdrle or dcmdjpeg of DCMTK"});
    const auto frames = static_cast<std::size_t>(file.info().frames);
    const std::size_t needed = binary_ ? (frames * pixels_ + 7) / 8 : frames * pixels_;
    if (count < needed)
      throw DataError({place_, std::to_string(count) + " bytes of pixels", std::to_string(needed), "copy it anew"});
  }

  bool inside(std::int64_t frame, std::size_t pixel) const {
    const std::size_t index = static_cast<std::size_t>(frame) * pixels_ + pixel;
    return binary_ ? (bytes_[index / 8] >> index % 8 & 1) != 0 : 2 * bytes_[index] >= most_;
  }

 private:
  const std::string& place_;
  bool binary_;
  std::size_t pixels_ = 0;
  int most_ = 255;
  const Uint8* bytes_ = nullptr;
};

}  // namespace

bool is_segmentation(const DicomFile& file) { return file.info().sop_class_uid == UID_SegmentationStorage; }

std::map<DicomFrameKey, Mask> read_segmentation_masks(const DicomFile& file) {
  const FramePixels pixels(file);
  std::map<DicomFrameKey, Mask> masks;
  for (std::int64_t frame = 0; frame < file.info().frames; ++frame) {
    const DicomFrameKey source = source_of(file.dataset(), frame);
    if (source.first.empty())
      throw DataError({file.place(), "a segmentation that does not say which image it was drawn on",
                       "a Source Image Sequence", "export it with its references"});
    const auto pixels_in_all = static_cast<std::int64_t>(masks.size() + 1) * file.info().rows * file.info().columns;
    if (pixels_in_all > file.limits().dicom_bytes)
      throw DataError({file.place(),
                       "a segmentation of more than " + std::to_string(file.limits().dicom_bytes) + " pixels",
                       "a smaller one", "divide it"});
    Mask& mask = masks.try_emplace(source, make_mask(file.info().rows, file.info().columns)).first->second;
    for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel)
      if (pixels.inside(frame, pixel)) mask.pixels[pixel] = 1;
  }
  return masks;
}

std::string patient_pseudonym(const DicomFile& file) {
  DcmDataset& data = file.dataset();
  const std::string patient = text_of(data, DCM_PatientID), study = file.info().study_uid;
  if (patient.empty() && study.empty()) return "";
  const std::string known =
      patient.empty() ? "study " + study : "patient " + patient + "\n" + text_of(data, DCM_IssuerOfPatientID);
  return "patient-" + sha256_hex(known).substr(0, kSeriesLetters);
}

}  // namespace lanet
