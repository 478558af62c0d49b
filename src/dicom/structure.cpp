#include "dicom/structure.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <zlib.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr std::uint32_t kTransferSyntax = 0x00020010, kPixelData = 0x7FE00010;
constexpr std::uint32_t kRecordType = 0x00041430;  // of a DICOMDIR; CS
constexpr std::uint32_t kLongestCode = 16;
constexpr std::size_t kMostElements = 2'000'000;  // each costs DCMTK some 250 bytes
constexpr std::size_t kPreamble = 128;
constexpr std::uint32_t kLongestText = 1024;  // that is kept

struct Encoding {
  bool explicit_vr = true;
  bool big_endian = false;
};

std::string printable(const char* letters) {
  std::string text;
  for (; *letters; ++letters) text += *letters >= ' ' && *letters <= '~' ? *letters : '?';
  return text;
}

/// A sequence or an item that is open.
struct Open {
  bool is_item = false;
  std::size_t end = 0;  // of the file where the length is undefined
  bool undefined = false;
  bool fragments = false;  // a sequence whose items hold bytes: compressed pixels
  Encoding encoding;
};

class Walker {
 public:
  Walker(std::string_view bytes, const std::string& place, std::int64_t deepest)
      : bytes_(bytes), place_(place), deepest_(deepest) {}

  /// Elements from `position` on, to the end, or (meta) while their group is 2. Returns the end.
  std::size_t walk(std::size_t position, Encoding encoding, bool meta) {
    open_.clear();
    while (true) {
      close_finished(position);
      if (position == bytes_.size()) break;
      if (open_.empty() && bytes_.size() - position < 8) break;  // padding that some writers leave
      const Encoding now = open_.empty() ? encoding : open_.back().encoding;
      need(position, 8);
      const std::uint32_t tag = tag_at(position, now.big_endian);
      if (meta && tag >> 16 != 2) return position;
      if (open_.empty() && tag > last_) return position;
      if (++elements_ > kMostElements) refuse("more than two million elements", "less");
      position = tag >> 16 == 0xFFFE ? delimiter(tag, position, now) : element(tag, position, now);
    }
    return position;
  }

  const std::string& transfer_syntax() const { return transfer_syntax_; }

  /// From now on: keeps the texts at the top, and ends before the first tag behind `last`.
  void keep_texts_up_to(std::uint32_t last) { keeps_texts_ = true, last_ = last; }
  const std::map<std::uint32_t, std::string>& texts() const { return texts_; }

 private:
  [[noreturn]] void refuse(const std::string& got, const std::string& expected) const {
    throw DataError({place_, got, expected, "the file is damaged or no DICOM file"});
  }
  std::size_t limit() const { return open_.empty() ? bytes_.size() : open_.back().end; }
  void need(std::size_t position, std::size_t count) const {
    if (position > limit() || limit() - position < count)
      refuse("an element at byte " + std::to_string(position) + " that is longer than what holds it", "whole elements");
  }
  std::uint32_t integer(std::size_t position, std::size_t count, bool big_endian) const {
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < count; ++index)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[position + (big_endian ? index : count - 1 - index)]);
    return value;
  }
  std::uint32_t tag_at(std::size_t position, bool big_endian) const {
    return integer(position, 2, big_endian) << 16 | integer(position + 2, 2, big_endian);
  }
  void push(const Open& open) {
    open_.push_back(open);
    if (static_cast<std::int64_t>(open_.size()) > 2 * deepest_)  // a sequence and its item are one level
      refuse("sequences nested deeper than " + std::to_string(deepest_), "less");
  }
  void close_finished(std::size_t position) {
    while (!open_.empty() && !open_.back().undefined && position == open_.back().end) open_.pop_back();
    if (!open_.empty() && position > open_.back().end) refuse("an item that ends past its sequence", "whole items");
  }

  std::size_t delimiter(std::uint32_t tag, std::size_t position, Encoding now) {
    const std::uint32_t length = integer(position + 4, 4, now.big_endian);
    position += 8;
    if (tag == kItem) {
      if (open_.empty() || open_.back().is_item) refuse("an item outside of a sequence", "sequences of items");
      if (length != kUndefined) need(position, length);
      if (open_.back().fragments) {
        if (length == kUndefined) refuse("a fragment without length", "fragments with their length");
        return position + length;
      }
      push({true, length == kUndefined ? limit() : position + length, length == kUndefined, false, now});
      return position;
    }
    const bool ends_item = tag == kItemEnd;
    if ((!ends_item && tag != kSequenceEnd) || length != 0 || open_.empty() || open_.back().is_item != ends_item)
      refuse("a delimiter that ends nothing", "items and sequences that are closed");
    open_.pop_back();
    return position;
  }

  std::size_t element(std::uint32_t tag, std::size_t position, Encoding now) {
    if (!open_.empty() && !open_.back().is_item) refuse("an element between two items", "sequences of items");
    DcmEVR type = EVR_UNKNOWN;
    std::uint32_t length = 0;
    std::size_t header = 8;
    if (now.explicit_vr) {
      const char letters[3] = {bytes_[position + 4], bytes_[position + 5], '\0'};
      const DcmVR named(letters);
      type = named.getEVR();
      // Readers guess the length of a type that no standard has, each in its own way.
      if (!named.isStandard()) refuse("the value type '" + printable(letters) + "'", "one of the standard's");
      if (named.usesExtendedLengthEncoding()) {
        header = 12;
        need(position, header);
        length = integer(position + 8, 4, now.big_endian);
      } else {
        length = integer(position + 6, 2, now.big_endian);
      }
    } else {
      length = integer(position + 4, 4, now.big_endian);
      const DcmTag known(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF));
      type = known.getEVR();
    }
    position += header;
    const bool undefined = length == kUndefined;
    if (!undefined) need(position, length);
    if (keeps_texts_ && open_.empty() && !undefined && length <= kLongestText)
      texts_[tag] = trim(std::string(bytes_.substr(position, length)).c_str());
    if (tag == kTransferSyntax) transfer_syntax_ = trim(std::string(bytes_.substr(position, length)).c_str());
    // DCMTK cuts a longer one at a wrong place, by an exception that leaks.
    if (tag == kRecordType && length > kLongestCode)
      refuse("a directory record type of " + std::to_string(length) + " bytes", "at most 16");
    if (type != EVR_SQ && !undefined) return position + length;
    // A sequence in an unknown element is written with implicit types (PS3.5 6.2.2).
    const Encoding inside = type == EVR_UN ? Encoding{false, false} : now;
    push({false, undefined ? limit() : position + length, undefined, undefined && tag == kPixelData, inside});
    return position;
  }

  std::string_view bytes_;
  const std::string& place_;
  std::int64_t deepest_;
  std::vector<Open> open_;
  std::string transfer_syntax_;
  std::size_t elements_ = 0;
  bool keeps_texts_ = false;
  std::uint32_t last_ = 0xFFFFFFFF;
  std::map<std::uint32_t, std::string> texts_;
};

/// The beginning of zlib's raw stream: up to `most` bytes of what is there.
std::string inflated_beginning(std::string_view bytes, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return "";
  std::string result(most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(most);
  inflate(&stream, Z_SYNC_FLUSH);
  result.resize(most - stream.avail_out);
  inflateEnd(&stream);
  return result;
}

/// zlib's raw stream, up to `most` bytes.
std::string inflated(std::string_view bytes, std::int64_t most, const std::string& place) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    throw SystemError({place, "cannot start zlib", "", "free memory, then repeat the command"});
  std::string result;
  std::vector<char> piece(1 << 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    result.append(piece.data(), piece.size() - stream.avail_out);
    if (static_cast<std::int64_t>(result.size()) > most) break;
  }
  inflateEnd(&stream);
  if (static_cast<std::int64_t>(result.size()) > most)
    throw DataError({place, "a deflated object of more than " + std::to_string(most) + " bytes", "less", ""});
  if (status != Z_STREAM_END) throw DataError({place, "damaged deflated data", "a DICOM file", ""});
  return result;
}

}  // namespace

DicomStructure check_dicom_structure(const std::string& bytes, const std::string& place, const InputLimits& limits) {
  const auto refuse = [&place](const std::string& got, const std::string& expected) {
    throw DataError({place, got, expected, ""});
  };
  if (bytes.empty()) refuse("0 bytes", "a DICOM file");
  Walker walker(bytes, place, limits.nesting);
  if (bytes.size() < kPreamble + 4 || bytes.compare(kPreamble, 4, "DICM") != 0)
    refuse("no DICM after the first 128 bytes", "a DICOM file with its header");
  const std::size_t position = walker.walk(kPreamble + 4, {true, false}, /*meta=*/true);
  const std::string syntax = walker.transfer_syntax();
  if (syntax.empty() || DcmXfer(syntax.c_str()).getXfer() == EXS_Unknown)
    throw DataError({place,
                     syntax.empty() ? "a damaged or cut-off DICOM file (its header names no transfer syntax)"
                                    : "the transfer syntax " + printable(syntax.substr(0, 64).c_str()),
                     syntax.empty() ? "a whole DICOM file" : "one of DICOM's", "fetch or export it anew"});
  if (position + 8 > bytes.size())
    throw DataError(
        {place, "a cut-off DICOM file (it ends after its header)", "a whole DICOM file", "fetch or export it anew"});
  const DcmXfer xfer(syntax.c_str());
  const Encoding encoding{xfer.isExplicitVR() == OFTrue, xfer.isBigEndian() == OFTrue};
  if (xfer.getStreamCompression() == ESC_none) {
    walker.walk(position, encoding, false);
  } else {
    const std::string whole = inflated(std::string_view(bytes).substr(position), limits.dicom_bytes, place);
    Walker(whole, place, limits.nesting).walk(0, encoding, false);
  }
  return {syntax, position};
}

std::map<std::uint32_t, std::string> leading_texts(std::string_view first_bytes, std::uint32_t last) {
  constexpr std::size_t kMostInflated = 1 << 18;
  constexpr std::int64_t kDeepest = 64;
  static const std::string kPlace = "the first bytes";
  if (first_bytes.size() < kPreamble + 4 || first_bytes.substr(kPreamble, 4) != "DICM") return {};
  std::string inflated_bytes;
  std::optional<Walker> dataset;
  try {
    Walker header(first_bytes, kPlace, kDeepest);
    const std::size_t position = header.walk(kPreamble + 4, {true, false}, /*meta=*/true);
    const DcmXfer xfer(header.transfer_syntax().c_str());
    if (xfer.getXfer() == EXS_Unknown) return {};
    const bool deflated = xfer.getStreamCompression() != ESC_none;
    if (deflated) inflated_bytes = inflated_beginning(first_bytes.substr(position), kMostInflated);
    dataset.emplace(deflated ? std::string_view(inflated_bytes) : first_bytes, kPlace, kDeepest);
    dataset->keep_texts_up_to(last);
    dataset->walk(deflated ? 0 : position, {xfer.isExplicitVR() == OFTrue, xfer.isBigEndian() == OFTrue}, false);
  } catch (const DataError&) {  // cut off or damaged: what was read so far
  }
  return dataset ? dataset->texts() : std::map<std::uint32_t, std::string>();
}

}  // namespace lanet
