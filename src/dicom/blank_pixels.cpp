#include "dicom/blank_pixels.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/fragments.hpp"
#include "dicom/jpeg2000.hpp"

namespace lanet {
namespace {

std::int64_t word(DcmItem& item, const DcmTagKey& tag, std::int64_t otherwise) {
  Uint16 value = 0;
  return item.findAndGetUint16(tag, value).good() ? value : otherwise;
}

std::string photometric_of(DcmItem& item) {
  OFString value;
  item.findAndGetOFString(DCM_PhotometricInterpretation, value);
  return value.c_str();
}

/// How samples lie in uncompressed pixel data.
struct Layout {
  std::int64_t rows = 0, columns = 0, frames = 1, samples = 1, allocated = 8, stored = 8;
  bool planar = false, is_signed = false;
  std::string photometric;

  bool halved() const { return photometric.starts_with("YBR_FULL_422") || photometric.starts_with("YBR_PARTIAL_422"); }
  std::int64_t frame_samples() const { return rows * columns * (halved() ? 2 : samples); }
};

Layout layout_of(DcmItem& item, const DicomInfo& info) {
  Layout layout{info.rows, info.columns, info.frames, 1, 8, 8, false, false, photometric_of(item)};
  layout.samples = word(item, DCM_SamplesPerPixel, 1);
  layout.allocated = word(item, DCM_BitsAllocated, 8);
  layout.stored = word(item, DCM_BitsStored, layout.allocated);
  layout.planar = layout.samples > 1 && word(item, DCM_PlanarConfiguration, 0) == 1;
  layout.is_signed = word(item, DCM_PixelRepresentation, 0) == 1;
  if (layout.stored < 1 || layout.stored > layout.allocated) layout.stored = layout.allocated;
  return layout;
}

void check(const Layout& layout, const std::string& place) {
  if (layout.allocated != 8 && layout.allocated != 16)
    throw DataError({place, std::to_string(layout.allocated) + " bits a sample", "8 or 16 to blank its pixels", ""});
  if (layout.samples < 1 || layout.samples > 4)
    throw DataError({place, std::to_string(layout.samples) + " samples a pixel", "1 to 4 to blank its pixels", ""});
  if (layout.halved() && (layout.columns % 2 == 1 || layout.planar || layout.samples != 3))
    throw DataError({place, layout.photometric + " in an odd layout", "an even number of columns", ""});
}

/// The entry of the palette with the least light.
std::uint16_t darkest_entry(DcmItem& item, const std::string& place) {
  static const DcmTagKey kColours[] = {DCM_RedPaletteColorLookupTableData, DCM_GreenPaletteColorLookupTableData,
                                       DCM_BluePaletteColorLookupTableData};
  Uint16 first = 0;
  item.findAndGetUint16(DCM_RedPaletteColorLookupTableDescriptor, first, 1);
  std::vector<std::uint32_t> light;
  for (const DcmTagKey& tag : kColours) {
    const Uint16* values = nullptr;
    unsigned long count = 0;
    if (item.findAndGetUint16Array(tag, values, &count).bad() || !values)
      throw DataError({place, "a palette that cannot be read", "three colours", ""});
    light.resize(light.empty() ? count : std::min<std::size_t>(light.size(), count));
    for (std::size_t index = 0; index < light.size(); ++index) light[index] += values[index];
  }
  if (light.empty()) throw DataError({place, "an empty palette", "three colours", ""});
  return static_cast<std::uint16_t>(first + (std::min_element(light.begin(), light.end()) - light.begin()));
}

/// The black of each sample.
std::vector<std::uint16_t> black_of(const Layout& layout, DcmItem& item, const std::string& place) {
  const auto full = static_cast<std::uint16_t>((1U << layout.stored) - 1);
  const auto middle = static_cast<std::uint16_t>(1U << (layout.stored - 1));
  if (layout.photometric.starts_with("PALETTE")) return {darkest_entry(item, place)};
  if (layout.photometric == "MONOCHROME1") return {layout.is_signed ? static_cast<std::uint16_t>(middle - 1) : full};
  if (layout.photometric == "MONOCHROME2" && layout.is_signed)  // the least value, as 16 bits of two's complement
    return {static_cast<std::uint16_t>(-static_cast<int>(middle))};
  if (layout.photometric.starts_with("YBR_PARTIAL")) return {16, 128, 128};
  if (layout.photometric.starts_with("YBR")) return {0, middle, middle};
  return std::vector<std::uint16_t>(static_cast<std::size_t>(layout.samples), 0);
}

/// Samples of one frame, of either width.
template <class Sample>
class FramePainter {
 public:
  FramePainter(const Layout& layout, const Mask& keep, std::vector<std::uint16_t> black)
      : layout_(layout), keep_(keep), black_(std::move(black)) {}

  /// Returns the number of stark edges.
  std::int64_t paint(Sample* frame) const {
    clear_unused_bits(frame);
    for (std::int64_t row = 0; row < layout_.rows; ++row)
      for (std::int64_t column = 0; column < layout_.columns; ++column)
        if (!keep_.at(row, column)) blank(frame, row, column);
    return stark_edges(frame);
  }

 private:
  std::int64_t place(std::int64_t row, std::int64_t column, std::int64_t sample) const {
    const std::int64_t pixel = row * layout_.columns + column;
    return layout_.planar ? sample * layout_.rows * layout_.columns + pixel : pixel * layout_.samples + sample;
  }

  void blank(Sample* frame, std::int64_t row, std::int64_t column) const {
    if (layout_.halved()) {  // Y Y Cb Cr for two pixels; their colour goes only with both
      Sample* pair = frame + (row * layout_.columns + column / 2 * 2) * 2;
      pair[column % 2] = static_cast<Sample>(black_[0]);
      if (!keep_.at(row, column / 2 * 2) && !keep_.at(row, column / 2 * 2 + 1))
        pair[2] = pair[3] = static_cast<Sample>(black_[1]);
      return;
    }
    for (std::int64_t sample = 0; sample < layout_.samples; ++sample)
      frame[place(row, column, sample)] =
          static_cast<Sample>(black_[std::min<std::size_t>(static_cast<std::size_t>(sample), black_.size() - 1)]);
  }

  /// Old overlays lie in the bits above those of the image.
  void clear_unused_bits(Sample* frame) const {
    if (layout_.stored == layout_.allocated) return;
    const auto used = static_cast<std::uint32_t>((1U << layout_.stored) - 1);
    const std::uint32_t sign = 1U << (layout_.stored - 1);
    for (std::int64_t index = 0; index < layout_.frame_samples(); ++index) {
      const std::uint32_t value = frame[index] & used;
      frame[index] = static_cast<Sample>(layout_.is_signed && (value & sign) ? value | ~used : value);
    }
  }

  std::int64_t stark_edges(const Sample* frame) const {
    if (layout_.halved() || layout_.is_signed || layout_.photometric.starts_with("PALETTE")) return 1;  // not judged
    const int least = 3 * (1 << layout_.stored) / 8;
    std::int64_t edges = 0;
    for (std::int64_t row = 0; row < layout_.rows; ++row)
      for (std::int64_t column = 1; column < layout_.columns; ++column) {
        if (!keep_.at(row, column) || !keep_.at(row, column - 1)) continue;
        for (std::int64_t sample = 0; sample < layout_.samples; ++sample)
          edges +=
              std::abs(int{frame[place(row, column, sample)]} - int{frame[place(row, column - 1, sample)]}) > least;
      }
    return edges;
  }

  const Layout& layout_;
  const Mask& keep_;
  std::vector<std::uint16_t> black_;
};

bool is_jpeg2000(const DicomFile& file) {
  return file.info().transfer_syntax == UID_JPEG2000LosslessOnlyTransferSyntax ||
         file.info().transfer_syntax == UID_JPEG2000TransferSyntax;
}

template <class Sample>
std::vector<Sample> jpeg2000_samples(const DicomFile& file, const Layout& layout) {
  std::vector<Sample> samples;
  samples.reserve(static_cast<std::size_t>(layout.frame_samples() * layout.frames));
  for (std::int64_t frame = 0; frame < layout.frames; ++frame) {
    const Jpeg2000Image picture = decode_jpeg2000(compressed_frame(file.dataset(), frame, layout.frames, file.place()),
                                                  file.place(), file.limits());
    if (picture.height != layout.rows || picture.width != layout.columns || picture.components != layout.samples ||
        (picture.bits > 8) != (layout.allocated > 8))
      throw DataError({file.place(), "frame " + std::to_string(frame + 1) + " of another size than the header says",
                       std::to_string(layout.columns) + " x " + std::to_string(layout.rows), ""});
    for (const std::int32_t value : picture.values) samples.push_back(static_cast<Sample>(value));
  }
  return samples;
}

template <class Sample>
std::vector<Sample> plain_samples(const DicomFile& file, const Layout& layout) {
  DcmDataset& data = file.dataset();
  const auto wanted = static_cast<unsigned long>(layout.frame_samples() * layout.frames);
  const Sample* samples = nullptr;
  unsigned long count = 0;
  OFCondition status;
  if constexpr (sizeof(Sample) == 1)
    status = data.findAndGetUint8Array(DCM_PixelData, samples, &count);
  else
    status = data.findAndGetUint16Array(DCM_PixelData, samples, &count);
  if (status.bad() || !samples || count < wanted)
    throw DataError({file.place(), std::to_string(count) + " samples", std::to_string(wanted) + " as the header says",
                     "the file is damaged"});
  return {samples, samples + wanted};
}

void store(DcmDataset& data, std::vector<std::uint8_t>& samples) {
  if (samples.size() % 2 == 1) samples.push_back(0);
  data.putAndInsertUint8Array(DCM_PixelData, samples.data(), static_cast<unsigned long>(samples.size()));
}

void store(DcmDataset& data, std::vector<std::uint16_t>& samples) {
  data.putAndInsertUint16Array(DCM_PixelData, samples.data(), static_cast<unsigned long>(samples.size()));
}

template <class Sample>
BlankedPixels blank(const DicomFile& file, const Layout& layout, const Mask& keep) {
  DcmDataset& data = file.dataset();
  std::vector<Sample> samples =
      is_jpeg2000(file) ? jpeg2000_samples<Sample>(file, layout) : plain_samples<Sample>(file, layout);
  const FramePainter<Sample> painter(layout, keep, black_of(layout, data, file.place()));
  BlankedPixels result{layout.rows * layout.columns, 0};
  for (const std::uint8_t inside : keep.pixels) result.blanked -= inside;
  for (std::int64_t frame = 0; frame < layout.frames; ++frame)
    result.stark_edges += painter.paint(samples.data() + frame * layout.frame_samples());
  delete data.remove(DCM_PixelData);
  store(data, samples);
  return result;
}

/// DCMTK's decoders, of the whole object; JPEG 2000 is decoded frame by frame later.
void decompress(const DicomFile& file) {
  DcmDataset& data = file.dataset();
  if (is_jpeg2000(file)) {
    if (word(data, DCM_SamplesPerPixel, 1) == 3 && photometric_of(data) != "YBR_FULL")
      data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    data.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (word(data, DCM_SamplesPerPixel, 1) == 1) delete data.remove(DCM_PlanarConfiguration);
    return;
  }
  const OFCondition status = data.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
  if (status.bad())
    throw DataError(
        {file.place(), std::string("pixels that cannot be decoded (") + status.text() + ")", "an image", ""});
  data.removeAllButCurrentRepresentations();
}

}  // namespace

std::int64_t decoded_bytes(const DicomFile& file) {
  const Layout layout = layout_of(file.dataset(), file.info());
  return layout.rows * layout.columns * layout.samples * ((layout.allocated + 7) / 8) * layout.frames;
}

BlankedPixels blank_outside(const DicomFile& file, const Mask& keep) {
  const Layout before = layout_of(file.dataset(), file.info());
  check(before, file.place());
  if (decoded_bytes(file) > file.limits().dicom_bytes)
    throw DataError({file.place(), std::to_string(decoded_bytes(file)) + " bytes of decoded pixels",
                     "at most " + std::to_string(file.limits().dicom_bytes), "raise it by --limit dicom_bytes=..."});
  decompress(file);
  const Layout layout = layout_of(file.dataset(), file.info());
  check(layout, file.place());
  return layout.allocated == 8 ? blank<std::uint8_t>(file, layout, keep) : blank<std::uint16_t>(file, layout, keep);
}

}  // namespace lanet
