#include "dicom/dicom_file.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dicom/colour_model.hpp"
#include "dicom/fragments.hpp"
#include "dicom/jpeg2000.hpp"
#include "dicom/library.hpp"
#include "dicom/palette.hpp"
#include "dicom/structure.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kMostFrames = 100'000;
constexpr double kMillimetresPerCentimetre = 10;
constexpr int kCentimetre = 3;  // (0018,6024), (0018,6026)

bool is_jpeg2000(const std::string& transfer_syntax) {
  return transfer_syntax == UID_JPEG2000LosslessOnlyTransferSyntax || transfer_syntax == UID_JPEG2000TransferSyntax;
}

std::string text(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFString(tag, value).bad()) return "";
  return trim(std::string(value.c_str(), value.size()));
}

std::optional<double> number(DcmItem& item, const DcmTagKey& tag, unsigned long index = 0) {
  Float64 value = 0;
  if (item.findAndGetFloat64(tag, value, index).good() && std::isfinite(value)) return value;
  OFString written;
  if (item.findAndGetOFString(tag, written, index).bad()) return std::nullopt;
  try {
    const double read = std::stod(written.c_str());
    return std::isfinite(read) ? std::optional(read) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::int64_t integer(DcmItem& item, const DcmTagKey& tag, std::int64_t otherwise) {
  Uint16 small = 0;
  if (item.findAndGetUint16(tag, small).good()) return small;
  Uint32 large = 0;
  if (item.findAndGetUint32(tag, large).good()) return large;
  Sint32 read = 0;
  if (item.findAndGetSint32(tag, read).good()) return read;
  return otherwise;
}

std::optional<PixelSpacing> positive(std::optional<double> x, std::optional<double> y) {
  constexpr double kLargest = 100;  // mm a pixel
  if (!x || !y || !(*x > 0 && *x < kLargest) || !(*y > 0 && *y < kLargest)) return std::nullopt;
  return PixelSpacing{*x, *y};
}

std::optional<PixelSpacing> region_spacing(DcmItem& item) {
  if (integer(item, DCM_PhysicalUnitsXDirection, 0) != kCentimetre ||
      integer(item, DCM_PhysicalUnitsYDirection, 0) != kCentimetre)
    return std::nullopt;
  const auto millimetres = [&](const DcmTagKey& tag) -> std::optional<double> {
    const auto delta = number(item, tag);  // may be negative: the axis' direction
    return delta ? std::optional(std::abs(*delta) * kMillimetresPerCentimetre) : std::nullopt;
  };
  return positive(millimetres(DCM_PhysicalDeltaX), millimetres(DCM_PhysicalDeltaY));
}

std::vector<UltrasoundRegion> read_regions(DcmItem& dataset, std::int64_t rows, std::int64_t columns) {
  std::vector<UltrasoundRegion> regions;
  DcmItem* item = nullptr;
  for (signed long index = 0;
       dataset.findAndGetSequenceItem(DCM_SequenceOfUltrasoundRegions, item, index).good() && item; ++index) {
    UltrasoundRegion region;
    region.spatial_format = static_cast<int>(integer(*item, DCM_RegionSpatialFormat, 0));
    region.data_type = static_cast<int>(integer(*item, DCM_RegionDataType, 0));
    const Box named{static_cast<double>(integer(*item, DCM_RegionLocationMinX0, 0)),
                    static_cast<double>(integer(*item, DCM_RegionLocationMinY0, 0)),
                    static_cast<double>(integer(*item, DCM_RegionLocationMaxX1, -1)) + 1,
                    static_cast<double>(integer(*item, DCM_RegionLocationMaxY1, -1)) + 1};
    region.box = intersect(named, Box{0, 0, static_cast<double>(columns), static_cast<double>(rows)});
    if (region.box.area() <= 0) continue;
    region.spacing = region_spacing(*item);
    regions.push_back(region);
  }
  return regions;
}

constexpr double kWidestBreast = 250, kNarrowestBreast = 10;  // mm; a frame grabber that writes 1 mm a pixel is past it

std::string size_doubt(double width_mm) {
  return "by the file's pixel spacing the picture is " + fixed(width_mm, width_mm < kNarrowestBreast ? 1 : 0) +
         " mm wide, which no breast is: sizes are in pixels";
}

/// DCMTK turns the bytes of every 16-bit word of big-endian pixels, but leaves the words of wider samples as they are:
/// the highest first. Everything that reads samples from memory expects the lowest first.
void order_wide_samples(DcmDataset& data) {
  const std::int64_t words = integer(data, DCM_BitsAllocated, 8) / 16;
  DcmElement* element = nullptr;
  Uint16* values = nullptr;
  if (words < 2 || data.findAndGetElement(DCM_PixelData, element).bad() || element->getUint16Array(values).bad() ||
      !values)
    return;
  const std::int64_t count = static_cast<std::int64_t>(element->getLength()) / 2;
  for (std::int64_t first = 0; first + words <= count; first += words)
    std::reverse(values + first, values + first + words);
}

/// The same object with one decoded frame as its pixels, for what comes after decompression.
std::unique_ptr<DcmDataset> with_decoded_frame(DcmDataset& dataset, const Jpeg2000Image& picture,
                                               const std::string& place) {
  auto copy = std::make_unique<DcmDataset>();
  static const DcmTagKey kKept[] = {DCM_SOPClassUID,
                                    DCM_PixelRepresentation,
                                    DCM_WindowCenter,
                                    DCM_WindowWidth,
                                    DCM_RescaleIntercept,
                                    DCM_RescaleSlope,
                                    DCM_PresentationLUTShape,
                                    DCM_VOILUTFunction,
                                    DCM_SmallestImagePixelValue,
                                    DCM_LargestImagePixelValue,
                                    DCM_RedPaletteColorLookupTableDescriptor,
                                    DCM_GreenPaletteColorLookupTableDescriptor,
                                    DCM_BluePaletteColorLookupTableDescriptor,
                                    DCM_RedPaletteColorLookupTableData,
                                    DCM_GreenPaletteColorLookupTableData,
                                    DCM_BluePaletteColorLookupTableData};
  for (const DcmTagKey& tag : kKept) {
    DcmElement* element = nullptr;
    if (dataset.findAndGetElement(tag, element, OFFalse, OFTrue).good() && element) copy->insert(element, OFTrue);
  }
  std::string photometric = text(dataset, DCM_PhotometricInterpretation);
  if (picture.components == 3) photometric = photometric == "YBR_FULL" ? "YBR_FULL" : "RGB";
  const bool wide = picture.bits > 8;
  copy->putAndInsertString(DCM_PhotometricInterpretation, photometric.c_str());
  copy->putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(picture.components));
  copy->putAndInsertUint16(DCM_Rows, static_cast<Uint16>(picture.height));
  copy->putAndInsertUint16(DCM_Columns, static_cast<Uint16>(picture.width));
  copy->putAndInsertUint16(DCM_BitsAllocated, wide ? 16 : 8);
  copy->putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(picture.bits));
  copy->putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(picture.bits - 1));
  copy->putAndInsertUint16(DCM_PixelRepresentation, picture.is_signed ? 1 : 0);
  copy->putAndInsertUint16(DCM_PlanarConfiguration, 0);
  OFCondition done;
  if (wide) {
    std::vector<Uint16> values(picture.values.begin(), picture.values.end());
    done = copy->putAndInsertUint16Array(DCM_PixelData, values.data(), static_cast<unsigned long>(values.size()));
  } else {
    std::vector<Uint8> values(picture.values.begin(), picture.values.end());
    if (values.size() % 2 == 1) values.push_back(0);
    done = copy->putAndInsertUint8Array(DCM_PixelData, values.data(), static_cast<unsigned long>(values.size()));
  }
  if (done.bad()) throw DataError({place, done.text(), "pixels", ""});
  return copy;
}

/// Rendered by DCMTK: palette, colour model, window, inversion.
Image render(DcmDataset& dataset, E_TransferSyntax syntax, std::int64_t frame, const std::string& place) {
  DicomImage picture(&dataset, syntax, CIF_UsePartialAccessToPixelData, static_cast<unsigned long>(frame), 1);
  if (picture.getStatus() != EIS_Normal)
    throw DataError(
        {place, std::string("frame ") + std::to_string(frame + 1) + ": " + DicomImage::getString(picture.getStatus()),
         "an image that can be decoded", ""});
  picture.hideAllOverlays();  // graphics of the scanner or of a reader: no part of what was seen
  if (picture.isMonochrome() && picture.getDepth() > 8) {
    if (picture.getWindowCount() > 0)
      picture.setWindow(0);
    else
      picture.setMinMaxWindow();
  }
  const auto height = static_cast<std::int64_t>(picture.getHeight());
  const auto width = static_cast<std::int64_t>(picture.getWidth());
  Image image = make_image(height, width, picture.isMonochrome() ? 1 : 3);
  if (!picture.getOutputData(image.pixels.data(), image.pixels.size(), 8, 0, 0))
    throw DataError({place, "frame " + std::to_string(frame + 1) + " without pixels", "an image", ""});
  return image;
}

}  // namespace

namespace {

/// Adds the time of its life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<std::int64_t>& sum) : sum_(sum) {}
  ~Stopwatch() { sum_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::atomic<std::int64_t>& sum_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

struct DicomFile::Object {
  DcmFileFormat format;
  E_TransferSyntax syntax = EXS_Unknown;
  std::atomic<std::int64_t> spent{0};  // nanoseconds of reading and decoding, on all threads

  void read(const std::string& bytes, const std::string& place, const InputLimits& limits);
};

void DicomFile::Object::read(const std::string& bytes, const std::string& place, const InputLimits& limits) {
  const Stopwatch stopwatch(spent);
  const DicomStructure structure = check_dicom_structure(bytes, place, limits);
  syntax = DcmXfer(structure.transfer_syntax.c_str()).getXfer();
  DcmDataset& data = *format.getDataset();
  const OFCondition status = read_dataset(bytes, structure, data);
  if (status.good() && data.getOriginalXfer() != syntax)
    throw DataError({place, "an encoding other than it names", "the one of its transfer syntax", ""});
  if (status.bad() || data.card() == 0)
    throw DataError({place, std::string("no whole DICOM object (") + status.text() + ")", "a DICOM file", ""});
  if (DcmXfer(syntax).isBigEndian()) order_wide_samples(data);
  expand_segmented_palettes(data, place);
}

DicomFile::DicomFile(std::unique_ptr<Object> object, std::string place, const InputLimits& limits)
    : object_(std::move(object)), place_(std::move(place)), limits_(limits) {
  const auto refuse = [this](const std::string& got, const std::string& expected, const std::string& remedy = "") {
    throw DataError({place_, got, expected, remedy});
  };
  DcmDataset& data = dataset();
  object_->syntax = data.getOriginalXfer();
  info_.transfer_syntax = DcmXfer(object_->syntax).getXferID();
  info_.sop_class_uid = text(data, DCM_SOPClassUID);
  info_.sop_instance_uid = text(data, DCM_SOPInstanceUID);
  info_.series_uid = text(data, DCM_SeriesInstanceUID);
  info_.study_uid = text(data, DCM_StudyInstanceUID);
  info_.modality = text(data, DCM_Modality);
  info_.photometric = text(data, DCM_PhotometricInterpretation);
  info_.rows = integer(data, DCM_Rows, 0);
  info_.columns = integer(data, DCM_Columns, 0);
  info_.frames = std::max<std::int64_t>(integer(data, DCM_NumberOfFrames, 1), 1);
  info_.bits_stored = integer(data, DCM_BitsStored, 8);
  info_.frame_ms = number(data, DCM_FrameTime);
  if (!data.tagExists(DCM_PixelData)) {
    const std::string kind = dcmFindNameOfUID(info_.sop_class_uid.c_str(), "an object");
    refuse(kind + " without pixels", "an image");
  }
  if (info_.rows < 1 || info_.columns < 1 || info_.rows > limits_.image_side || info_.columns > limits_.image_side ||
      info_.rows * info_.columns > limits_.image_pixels)
    refuse(
        std::to_string(info_.columns) + " x " + std::to_string(info_.rows) + " pixels",
        "at most " + std::to_string(limits_.image_pixels) + " and " + std::to_string(limits_.image_side) + " a side");
  if (info_.frames > kMostFrames)
    refuse(std::to_string(info_.frames) + " frames", "at most " + std::to_string(kMostFrames));
  const DcmXfer syntax(object_->syntax);
  const bool readable = !syntax.isEncapsulated() || is_jpeg2000(info_.transfer_syntax) ||
                        DcmCodecList::canChangeCoding(object_->syntax, EXS_LittleEndianExplicit);
  if (!readable)
    refuse(std::string("transfer syntax ") + syntax.getXferName(), "uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000",
           "export the images uncompressed");
  if (syntax.isEncapsulated()) {
    const RegroupedFrames regrouped = regroup_fragments(data, info_.frames);
    info_.frames = regrouped.frames;
    if (!regrouped.doubt.empty()) info_.doubts.push_back(regrouped.doubt);
    if (info_.frames > kMostFrames)
      refuse(std::to_string(info_.frames) + " frames", "at most " + std::to_string(kMostFrames));
    correct_colour_model();
  }
  info_.regions = read_regions(data, info_.rows, info_.columns);
  const auto tissue = static_cast<std::size_t>(std::count_if(info_.regions.begin(), info_.regions.end(),
                                                             [](const auto& region) { return region.shows_tissue(); }));
  if (tissue > kMostTissueParts)
    info_.doubts.push_back("the file names " + std::to_string(tissue) + " regions of tissue; at most the " +
                           std::to_string(kMostTissueParts) + " largest are looked at");
  read_spacing();
}

void DicomFile::correct_colour_model() {
  DcmDataset& data = dataset();
  if (!is_lossy_jpeg(object_->syntax) || integer(data, DCM_SamplesPerPixel, 1) != 3) return;
  std::string first;
  try {
    first = compressed_frame(data, 0, info_.frames, place_);
  } catch (const DataError&) {  // refused when it is asked for
    return;
  }
  const JpegColours header = read_jpeg_colours(first);
  ColourModel model = header.model;
  if (model == ColourModel::kUnknown) {
    data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");  // samples as they are stored
    try {
      model = colour_model_by_sight(render(data, object_->syntax, 0, place_));
    } catch (const DataError&) {
    }
    if (model == ColourModel::kUnknown) model = header.likely;
  }
  const bool says_ycc = info_.photometric.starts_with("YBR");
  std::string named = info_.photometric;
  if (model == ColourModel::kYcc && !says_ycc) named = "YBR_FULL_422";
  if (model == ColourModel::kRgb && says_ycc) named = "RGB";
  data.putAndInsertString(DCM_PhotometricInterpretation, named.c_str());
}

void DicomFile::read_spacing() {
  for (UltrasoundRegion& region : info_.regions)
    if (region.spacing && region.box.width() * region.spacing->x_mm > kWidestBreast) {
      if (region.shows_tissue()) info_.doubts.push_back(size_doubt(region.box.width() * region.spacing->x_mm));
      region.spacing.reset();
    }
  const std::vector<TissuePart> parts = info_.tissue_parts();
  if (!parts.empty()) {
    const bool same = std::all_of(parts.begin(), parts.end(), [&](const TissuePart& part) {
      return part.spacing && std::abs(part.spacing->x_mm / parts.front().spacing->x_mm - 1) < 1e-6 &&
             std::abs(part.spacing->y_mm / parts.front().spacing->y_mm - 1) < 1e-6;
    });
    if (same) info_.spacing = parts.front().spacing;
  }
  if (!info_.regions.empty()) return;
  // Pixel Spacing: row distance (y) first.
  const auto spacing = positive(number(dataset(), DCM_PixelSpacing, 1), number(dataset(), DCM_PixelSpacing, 0));
  if (!spacing) return;
  const double width_mm = static_cast<double>(info_.columns) * spacing->x_mm;
  if (width_mm > kWidestBreast || width_mm < kNarrowestBreast)
    info_.doubts.push_back(size_doubt(width_mm));
  else
    info_.spacing = spacing;
}

DicomFile::~DicomFile() = default;
DicomFile::DicomFile(DicomFile&&) noexcept = default;
DicomFile& DicomFile::operator=(DicomFile&&) noexcept = default;

DcmDataset& DicomFile::dataset() const { return *object_->format.getDataset(); }

DicomFile DicomFile::open(const std::filesystem::path& path, const InputLimits& limits) {
  return parse(read_file(path, static_cast<std::uint64_t>(limits.dicom_bytes)), path.string(), limits);
}

DicomFile DicomFile::parse(const std::string& bytes, const std::string& place, const InputLimits& limits) {
  prepare_dicom_library();
  if (static_cast<std::int64_t>(bytes.size()) > limits.dicom_bytes)
    throw DataError({place, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(limits.dicom_bytes),
                     "raise it by --limit dicom_bytes=..."});
  auto object = std::make_unique<Object>();
  object->read(bytes, place, limits);
  return DicomFile(std::move(object), place, limits);
}

Image DicomFile::frame(std::int64_t index) const {
  if (index < 0 || index >= info_.frames)
    throw DataError({place_, "frame " + std::to_string(index + 1), "one of 1 to " + std::to_string(info_.frames), ""});
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  if (object_->spent >= limits_.dicom_seconds * kNanoseconds)
    throw DataError({place_,
                     "more than " + std::to_string(limits_.dicom_seconds) + " s of decoding before frame " +
                         std::to_string(index + 1),
                     "less", "raise it by --limit dicom_seconds=..."});
  const Stopwatch stopwatch(object_->spent);
  Image image;
  if (is_jpeg2000(info_.transfer_syntax)) {
    const Jpeg2000Image picture =
        decode_jpeg2000(compressed_frame(dataset(), index, info_.frames, place_), place_, limits_);
    if (picture.height != info_.rows || picture.width != info_.columns)
      throw DataError({place_, "a frame of " + std::to_string(picture.width) + " x " + std::to_string(picture.height),
                       std::to_string(info_.columns) + " x " + std::to_string(info_.rows) + " as the header says", ""});
    image = render(*with_decoded_frame(dataset(), picture, place_), EXS_LittleEndianExplicit, 0, place_);
  } else {
    image = render(dataset(), object_->syntax, index, place_);
  }
  if (image.height != info_.rows || image.width != info_.columns)
    throw DataError({place_, "a frame of " + std::to_string(image.width) + " x " + std::to_string(image.height),
                     std::to_string(info_.columns) + " x " + std::to_string(info_.rows) + " as the header says", ""});
  return image;
}

bool is_dicom(std::string_view first_bytes) {
  return first_bytes.size() >= 132 && first_bytes.substr(128, 4) == "DICM";
}

bool is_dicom_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(132, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return file.gcount() == static_cast<std::streamsize>(start.size()) && is_dicom(start);
}

}  // namespace lanet
