#include "dicom/fragments.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"

namespace lanet {

std::string compressed_frame(DcmDataset& dataset, std::int64_t frame, std::int64_t frames, const std::string& place) {
  const auto refuse = [&](const std::string& got) { throw DataError({place, got, "encapsulated frames", ""}); };
  DcmElement* element = nullptr;
  DcmPixelSequence* sequence = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad()) refuse("no pixel data");
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  if (!pixels) refuse("no pixel data");
  pixels->getOriginalRepresentationKey(syntax, parameter);
  if (pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || !sequence)
    refuse("no encapsulated frames");
  const auto items = static_cast<std::int64_t>(sequence->card()) - 1;  // the first is the offset table
  if (items < frames) refuse(std::to_string(items) + " fragments for " + std::to_string(frames) + " frames");
  std::int64_t first = frame, last = frame;  // one fragment a frame
  if (frames == 1) {
    last = items - 1;
  } else if (items != frames) {
    refuse(std::to_string(items) + " fragments for " + std::to_string(frames) + " frames");
  }
  std::string bytes;
  for (std::int64_t index = first; index <= last; ++index) {
    DcmPixelItem* item = nullptr;
    Uint8* data = nullptr;
    if (sequence->getItem(item, static_cast<unsigned long>(index + 1)).bad() || !item) refuse("a missing fragment");
    const std::size_t length = item->getLength();
    if (length > 0 && (item->getUint8Array(data).bad() || !data)) refuse("an unreadable fragment");
    bytes.append(reinterpret_cast<const char*>(data), length);
  }
  return bytes;
}

}  // namespace lanet
