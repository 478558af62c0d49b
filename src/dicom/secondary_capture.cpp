#include "dicom/secondary_capture.hpp"

#include <algorithm>

#include <dcmtk/dcmdata/dcuid.h>

#include "dicom/codes.hpp"
#include "finding/overlay.hpp"
#include "image/drawing.hpp"

namespace lanet {
namespace {

/// The words along the lower edge, as large as there is room for.
void burn_in(Image& image, const std::string& words) {
  constexpr double kLetterWidth = 8.2, kHeight = 20;  // px at scale 1
  const double fits = static_cast<double>(image.width) / (kLetterWidth * static_cast<double>(words.size()));
  const double wanted = std::max(1.0, static_cast<double>(std::min(image.height, image.width)) / 500);
  const double scale = std::min(fits, wanted);
  draw_text(image, words, 0, image.height - static_cast<std::int64_t>(kHeight * scale) - 4, {255, 255, 255}, scale);
}

Image overlay_of(const ResultContext& context, const LesionFrame& shown) {
  Finding finding = shown.finding;
  finding.mask = unpack_mask(shown);
  Image drawn = draw_finding(context.source.frame(shown.frame), finding);
  burn_in(drawn, "Research use only  lanet " + plain_text(context.algorithm.model, 40));
  return drawn;
}

void put_pixels(DcmItem& object, const Image& image) {
  put_small(object, DCM_SamplesPerPixel, 3);
  put(object, DCM_PhotometricInterpretation, "RGB");
  put_small(object, DCM_PlanarConfiguration, 0);
  put_small(object, DCM_Rows, static_cast<std::uint16_t>(image.height));
  put_small(object, DCM_Columns, static_cast<std::uint16_t>(image.width));
  put_small(object, DCM_BitsAllocated, 8);
  put_small(object, DCM_BitsStored, 8);
  put_small(object, DCM_HighBit, 7);
  put_small(object, DCM_PixelRepresentation, 0);
  std::vector<std::uint8_t> pixels = image.pixels;
  if (pixels.size() % 2 == 1) pixels.push_back(0);
  if (object.putAndInsertUint8Array(DCM_PixelData, pixels.data(), static_cast<unsigned long>(pixels.size())).bad())
    throw std::logic_error("no pixels of a secondary capture");
}

}  // namespace

ResultObject make_secondary_capture(const ResultContext& context, const LesionFrame& shown) {
  DcmDataset object;
  put_identity(context, object, UID_SecondaryCaptureImageStorage, "sc", "OT", "overlay");
  put(object, DCM_ConversionType, "WSD");
  put(object, DCM_ImageType, "DERIVED\\SECONDARY");
  put(object, DCM_PatientOrientation, "");
  const std::string side = laterality(context);
  put(object, side.empty() ? DCM_Laterality : DCM_ImageLaterality, side);
  put(object, DCM_DerivationDescription,
      "Lesions, class and probability drawn into frame " + std::to_string(shown.frame + 1));
  put(object, DCM_ImageComments, kResearchUseOnly);
  DcmItem& source = append_source_reference(context, object, DCM_SourceImageSequence, shown.frame);
  append_code(source, DCM_PurposeOfReferenceCodeSequence, codes::kSourceForProcessing);
  // The words and contours name nobody: it is as identifying as its source.
  copy_attribute(context.source.dataset(), object, DCM_BurnedInAnnotation);
  put_lossy_compression(context, object);
  put_pixels(object, overlay_of(context, shown));
  return finish_object(object, "sc");
}

}  // namespace lanet
