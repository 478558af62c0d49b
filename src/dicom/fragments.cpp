#include "dicom/fragments.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr std::uint8_t kMarker = 0xFF, kEndOfImage = 0xD9;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

std::size_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t index = 0; index < count; ++index) value = value << 8 | byte_at(bytes, at + index);
  return value;
}

bool begins(std::string_view bytes, std::size_t at, Codestream kind) {
  const std::string_view rest = bytes.substr(std::min(at, bytes.size()));
  if (kind == Codestream::kJpeg) return rest.starts_with("\xFF\xD8\xFF");
  if (kind == Codestream::kJpeg2000) return rest.starts_with("\xFF\x4F\xFF\x51");
  // PS3.5 G.5: number of segments (1 to 15), and the first of them right behind the header, both little endian.
  constexpr std::size_t kHeader = 64;
  return rest.size() > kHeader && byte_at(rest, 0) >= 1 && byte_at(rest, 0) <= 15 && rest[1] == 0 && rest[2] == 0 &&
         rest[3] == 0 && byte_at(rest, 4) == kHeader && rest[5] == 0 && rest[6] == 0 && rest[7] == 0;
}

/// The byte behind coded data that begins at `at`: the next marker that ends it. The end where there is none.
std::size_t behind_coded_data(std::string_view bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    const std::uint8_t next = byte_at(bytes, at + 1);
    const bool restart = next >= 0xD0 && next <= 0xD7;
    // JPEG puts 00 behind an FF of its data, JPEG-LS a byte below 80.
    if (byte_at(bytes, at) == kMarker && next >= 0x80 && next != kMarker && !restart) return at;
  }
  return bytes.size();
}

/// The byte behind a picture that begins at `at`; the end where it is cut off.
std::size_t behind_jpeg(std::string_view bytes, std::size_t at) {
  constexpr std::uint8_t kStartOfScan = 0xDA;
  at += 2;
  while (at + 4 <= bytes.size()) {
    if (byte_at(bytes, at) != kMarker) return bytes.size();
    const std::uint8_t marker = byte_at(bytes, at + 1);
    if (marker == kMarker) {  // fill bytes
      ++at;
      continue;
    }
    if (marker == kEndOfImage) return at + 2;
    at += 2 + std::max<std::size_t>(number_at(bytes, at + 2, 2), 2);
    if (marker == kStartOfScan) at = behind_coded_data(bytes, at);
  }
  return at + 2 <= bytes.size() && byte_at(bytes, at + 1) == kEndOfImage ? at + 2 : bytes.size();
}

std::size_t behind_jpeg2000(std::string_view bytes, std::size_t at) {
  constexpr std::uint8_t kTilePart = 0x90;
  at += 2;
  while (at + 2 <= bytes.size()) {
    if (byte_at(bytes, at) != kMarker) return bytes.size();
    const std::uint8_t marker = byte_at(bytes, at + 1);
    if (marker == kEndOfImage) return at + 2;
    if (at + 10 > bytes.size()) return bytes.size();
    if (marker != kTilePart) {
      at += 2 + std::max<std::size_t>(number_at(bytes, at + 2, 2), 2);
      continue;
    }
    const std::size_t length = number_at(bytes, at + 6, 4);
    if (length < 12) return bytes.size();  // 0: to the end, which another picture may follow; it cannot be told
    at += length;
  }
  return bytes.size();
}

/// The fragments of a sequence behind its offset table.
std::vector<std::string_view> fragments_of(DcmPixelSequence& sequence) {
  std::vector<std::string_view> fragments;
  for (unsigned long index = 1; index < sequence.card(); ++index) {
    DcmPixelItem* item = nullptr;
    Uint8* data = nullptr;
    if (sequence.getItem(item, index).bad() || !item) return {};
    const std::size_t length = item->getLength();
    if (length > 0 && (item->getUint8Array(data).bad() || !data)) return {};
    fragments.emplace_back(reinterpret_cast<const char*>(data), length);
  }
  return fragments;
}

/// Bytes from the first fragment's header to each frame, as the offset table says; empty for an empty one.
std::vector<std::size_t> offset_table(DcmPixelSequence& sequence) {
  DcmPixelItem* item = nullptr;
  Uint8* data = nullptr;
  if (sequence.getItem(item, 0).bad() || !item || item->getLength() == 0 || item->getUint8Array(data).bad() || !data)
    return {};
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at + 4 <= item->getLength(); at += 4)
    offsets.push_back(std::size_t{data[at]} | std::size_t{data[at + 1]} << 8 | std::size_t{data[at + 2]} << 16 |
                      std::size_t{data[at + 3]} << 24);
  return offsets;
}

using Frames = std::vector<std::string>;

/// Fragments joined from each of the `first` ones up to the next.
Frames joined(const std::vector<std::string_view>& fragments, const std::vector<std::size_t>& first) {
  Frames frames;
  for (std::size_t frame = 0; frame < first.size(); ++frame) {
    const std::size_t end = frame + 1 < first.size() ? first[frame + 1] : fragments.size();
    std::string bytes;
    for (std::size_t index = first[frame]; index < end; ++index) bytes += fragments[index];
    frames.push_back(std::move(bytes));
  }
  return frames;
}

/// Empty unless every entry of the table is where a fragment begins, in rising order, from the first on.
Frames by_offset_table(const std::vector<std::string_view>& fragments, const std::vector<std::size_t>& offsets) {
  constexpr std::size_t kItemHeader = 8;
  std::vector<std::size_t> first;
  std::size_t at = 0;
  for (std::size_t index = 0; index < fragments.size(); ++index) {
    if (first.size() < offsets.size() && offsets[first.size()] == at) first.push_back(index);
    at += kItemHeader + fragments[index].size();
  }
  return first.size() == offsets.size() && !first.empty() && first.front() == 0 ? joined(fragments, first) : Frames();
}

Frames by_beginnings(const std::vector<std::string_view>& fragments, Codestream kind) {
  std::vector<std::size_t> first;
  for (std::size_t index = 0; index < fragments.size(); ++index)
    if (begins(fragments[index], 0, kind)) first.push_back(index);
  return !first.empty() && first.front() == 0 ? joined(fragments, first) : Frames();
}

Frames by_markers(const std::vector<std::string_view>& fragments, Codestream kind) {
  std::string all;
  for (const std::string_view fragment : fragments) all += fragment;
  Frames frames;
  for (const CodestreamPart& part : split_codestreams(all, kind))
    frames.push_back(all.substr(part.begin, part.end - part.begin));
  return frames;
}

std::optional<Codestream> codestream_of(E_TransferSyntax syntax) {
  if (syntax == EXS_RLELossless) return Codestream::kRunLength;
  if (syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly) return Codestream::kJpeg2000;
  const std::string uid = DcmXfer(syntax).getXferID();
  constexpr std::string_view kJpegs = "1.2.840.10008.1.2.4.";  // .50 to .81: JPEG and JPEG-LS
  if (!uid.starts_with(kJpegs)) return std::nullopt;
  const int number = std::atoi(uid.c_str() + kJpegs.size());
  return number >= 50 && number <= 81 ? std::optional(Codestream::kJpeg) : std::nullopt;
}

void replace_pixels(DcmDataset& dataset, E_TransferSyntax syntax, Frames frames) {
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  const auto add = [&sequence](const std::string& bytes) {
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
    if (!bytes.empty())
      item->putUint8Array(reinterpret_cast<const Uint8*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
    if (sequence->insert(item.get()).good()) item.release();
  };
  add("");  // no offset table
  for (std::string& frame : frames) {
    if (frame.size() % 2 == 1) frame += '\0';
    add(frame);
  }
  auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixels->putOriginalRepresentation(syntax, nullptr, sequence.release());
  if (dataset.insert(pixels.get(), OFTrue).good()) pixels.release();
  for (const std::uint16_t table : {0x0001, 0x0002})  // extended offsets and lengths, which no longer hold
    dataset.findAndDeleteElement(DcmTagKey(0x7FE0, table));
}

DcmPixelSequence* encapsulated(DcmDataset& dataset, E_TransferSyntax& syntax) {
  DcmElement* element = nullptr;
  DcmPixelSequence* sequence = nullptr;
  const DcmRepresentationParameter* parameter = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad()) return nullptr;
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (!pixels) return nullptr;
  pixels->getOriginalRepresentationKey(syntax, parameter);
  return pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).good() ? sequence : nullptr;
}

}  // namespace

std::vector<CodestreamPart> split_codestreams(std::string_view bytes, Codestream kind) {
  std::vector<CodestreamPart> parts;
  if (kind == Codestream::kRunLength) return parts;  // nothing in it says where it ends
  for (std::size_t at = 0; at < bytes.size();) {
    if (!begins(bytes, at, kind)) return {};
    const std::size_t end =
        std::min(bytes.size(), kind == Codestream::kJpeg ? behind_jpeg(bytes, at) : behind_jpeg2000(bytes, at));
    parts.push_back({at, end});
    for (at = end; at < bytes.size() && !begins(bytes, at, kind) && (bytes[at] == 0 || byte_at(bytes, at) == kMarker);)
      ++at;
  }
  return parts;
}

RegroupedFrames regroup_fragments(DcmDataset& dataset, std::int64_t frames) {
  E_TransferSyntax syntax = EXS_Unknown;
  DcmPixelSequence* sequence = encapsulated(dataset, syntax);
  const std::optional<Codestream> kind = codestream_of(syntax);
  if (!sequence || !kind) return {frames, ""};
  const std::vector<std::string_view> fragments = fragments_of(*sequence);
  const auto wanted = static_cast<std::size_t>(frames);
  const bool one_each = fragments.size() == wanted && std::all_of(fragments.begin(), fragments.end(), [&](auto bytes) {
                          return begins(bytes, 0, *kind) || *kind == Codestream::kRunLength;
                        });
  if (fragments.empty() || (one_each && wanted > 1)) return {frames, ""};
  Frames found = by_markers(fragments, *kind);
  if (one_each && found.size() <= wanted) return {frames, ""};
  for (const Frames& other : {by_offset_table(fragments, offset_table(*sequence)), by_beginnings(fragments, *kind)})
    if (found.size() != wanted && (other.size() == wanted || found.empty())) found = other;
  if (found.empty()) return {frames, ""};
  const auto count = static_cast<std::int64_t>(found.size());
  replace_pixels(dataset, syntax, std::move(found));
  if (count == frames) return {frames, ""};
  dataset.putAndInsertString(DCM_NumberOfFrames, std::to_string(count).c_str());
  return {count, "the file says that it holds " + std::to_string(frames) + (frames == 1 ? " frame" : " frames") +
                     ", its pixel data hold " + std::to_string(count)};
}

std::string compressed_frame(DcmDataset& dataset, std::int64_t frame, std::int64_t frames, const std::string& place) {
  const auto refuse = [&](const std::string& got) {
    throw DataError({place, got, "frames that can be told apart", "export the images uncompressed"});
  };
  E_TransferSyntax syntax = EXS_Unknown;
  DcmPixelSequence* sequence = encapsulated(dataset, syntax);
  if (!sequence) refuse("no compressed pixel data");
  const std::vector<std::string_view> fragments = fragments_of(*sequence);
  const auto count = static_cast<std::int64_t>(fragments.size());
  if (count < 1 || (frames > 1 && count != frames))
    refuse(std::to_string(count) + " fragments for " + std::to_string(frames) + " frames");
  if (frames == 1) return joined(fragments, {0}).front();
  return std::string(fragments[static_cast<std::size_t>(frame)]);
}

}  // namespace lanet
