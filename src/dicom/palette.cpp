#include "dicom/palette.hpp"

#include <cmath>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr std::uint16_t kDiscrete = 0, kLinear = 1, kIndirect = 2;

class Expander {
 public:
  Expander(std::span<const std::uint16_t> segments, std::size_t entries, const std::string& place)
      : segments_(segments), entries_(entries), place_(place) {}

  std::vector<std::uint16_t> run() {
    std::size_t position = 0;
    while (position < segments_.size() && values_.size() < entries_) position = segment(position, true);
    if (values_.size() != entries_) refuse(std::to_string(values_.size()) + " entries");
    return std::move(values_);
  }

 private:
  [[noreturn]] void refuse(const std::string& got) const {
    throw DataError({place_, "a segmented palette with " + got, std::to_string(entries_) + " entries", ""});
  }

  std::uint16_t word(std::size_t position) const {
    if (position >= segments_.size()) refuse("a segment past its end");
    return segments_[position];
  }

  void put(std::uint16_t value) {
    if (values_.size() >= entries_) refuse("too many entries");
    values_.push_back(value);
  }

  /// Returns the position after it.
  std::size_t segment(std::size_t position, bool may_refer) {
    const std::uint16_t kind = word(position), length = word(position + 1);
    if (kind == kDiscrete) {
      for (std::size_t index = 0; index < length; ++index) put(word(position + 2 + index));
      return position + 2 + length;
    }
    if (kind == kLinear) {
      if (values_.empty()) refuse("a line without a start");
      const double from = values_.back(), to = word(position + 2), step = (to - from) / std::max<double>(length, 1);
      for (std::size_t index = 1; index <= length; ++index)
        put(static_cast<std::uint16_t>(std::nearbyint(from + step * static_cast<double>(index))));
      return position + 3;
    }
    if (kind != kIndirect || !may_refer) refuse("a segment of kind " + std::to_string(kind));
    const std::size_t offset = word(position + 2) | std::size_t{word(position + 3)} << 16;  // in bytes
    std::size_t from = offset / 2;
    for (std::size_t count = 0; count < length; ++count) from = segment(from, false);
    return position + 4;
  }

  std::span<const std::uint16_t> segments_;
  std::size_t entries_;
  const std::string& place_;
  std::vector<std::uint16_t> values_;
};

}  // namespace

std::vector<std::uint16_t> expand_segments(std::span<const std::uint16_t> segments, std::size_t entries,
                                           const std::string& place) {
  return Expander(segments, entries, place).run();
}

void expand_segmented_palettes(DcmItem& dataset, const std::string& place) {
  struct Colour {
    DcmTagKey segmented, plain, descriptor;
  };
  const Colour colours[] = {{DCM_SegmentedRedPaletteColorLookupTableData, DCM_RedPaletteColorLookupTableData,
                             DCM_RedPaletteColorLookupTableDescriptor},
                            {DCM_SegmentedGreenPaletteColorLookupTableData, DCM_GreenPaletteColorLookupTableData,
                             DCM_GreenPaletteColorLookupTableDescriptor},
                            {DCM_SegmentedBluePaletteColorLookupTableData, DCM_BluePaletteColorLookupTableData,
                             DCM_BluePaletteColorLookupTableDescriptor}};
  for (const Colour& colour : colours) {
    const Uint16* words = nullptr;
    unsigned long count = 0;
    if (dataset.tagExists(colour.plain) || dataset.findAndGetUint16Array(colour.segmented, words, &count).bad() ||
        !words)
      continue;
    Uint16 entries = 0, bits = 0;
    dataset.findAndGetUint16(colour.descriptor, entries, 0);
    dataset.findAndGetUint16(colour.descriptor, bits, 2);
    if (bits != 16) throw DataError({place, "a segmented palette of " + std::to_string(bits) + " bits", "16 bits", ""});
    const auto values = expand_segments({words, count}, entries == 0 ? 65536 : entries, place);
    dataset.putAndInsertUint16Array(colour.plain, values.data(), static_cast<unsigned long>(values.size()));
    dataset.findAndDeleteElement(colour.segmented);  // one of both may be there (PS3.3 C.7.9)
  }
}

}  // namespace lanet
