#include "dicom/attributes.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcvrds.h>

#include "core/text.hpp"

namespace lanet {
namespace {

void require(const OFCondition& done, const DcmTagKey& tag) {
  if (done.bad()) throw std::logic_error(std::string(tag.toString().c_str()) + ": " + done.text());
}

/// At most 16 letters, as precise as they allow.
std::string decimal_text(double value) {
  constexpr std::size_t kLongest = 16;
  std::array<char, 40> text{};
  for (int digits = 15; digits > 0; --digits) {
    const int length = std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    if (length > 0 && static_cast<std::size_t>(length) <= kLongest) break;
  }
  return text.data();
}

}  // namespace

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  require(item.putAndInsertOFStringArray(tag, OFString(value.c_str(), value.size())), tag);
}

void put_small(DcmItem& item, const DcmTagKey& tag, std::uint16_t value) {
  require(item.putAndInsertUint16(tag, value), tag);
}

void put_large(DcmItem& item, const DcmTagKey& tag, std::uint32_t value) {
  require(item.putAndInsertUint32(tag, value), tag);
}

void put_decimals(DcmItem& item, const DcmTagKey& tag, std::span<const double> values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(decimal_text(value));
  put(item, tag, join_text(texts, "\\"));
}

void put_empty_sequence(DcmItem& item, const DcmTagKey& sequence) {
  require(item.insertEmptyElement(sequence, OFTrue), sequence);
}

DcmItem& append_item(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* added = nullptr;
  require(item.findOrCreateSequenceItem(sequence, added, -2), sequence);
  return *added;
}

DcmItem& append_code(DcmItem& item, const DcmTagKey& sequence, const Code& code) {
  DcmItem& added = append_item(item, sequence);
  put(added, DCM_CodeValue, code.value);
  put(added, DCM_CodingSchemeDesignator, code.scheme);
  put(added, DCM_CodeMeaning, code.meaning);
  return added;
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFString(tag, value).bad()) return "";
  return trim(std::string(value.c_str(), value.size()));
}

bool copy_attribute(DcmItem& from, DcmItem& to, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  if (from.findAndGetElement(tag, element, OFFalse, OFTrue).bad() || !element) return false;
  if (to.insert(element, OFTrue).good()) return true;
  delete element;
  return false;
}

std::string plain_text(const std::string& text, std::size_t longest) {
  std::string plain;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((byte & 0xC0U) == 0x80U) continue;  // the rest of a letter in UTF-8
    plain += byte < ' ' || byte > '~' ? '?' : letter == '\\' ? '/' : letter;
  }
  return trim(plain.substr(0, longest));
}

std::string written_bytes(const std::function<OFCondition(DcmOutputStream&)>& write, OFCondition& ended) {
  std::string bytes;
  std::vector<char> buffer(1 << 20);
  DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
  do {
    ended = write(stream);
    void* written = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(written, length);
    bytes.append(static_cast<const char*>(written), static_cast<std::size_t>(length));
  } while (ended == EC_StreamNotifyClient);
  return bytes;
}

std::string file_bytes(DcmDataset& dataset) {
  constexpr E_TransferSyntax kSyntax = EXS_LittleEndianExplicit;
  DcmFileFormat file(&dataset);
  require(file.validateMetaInfo(kSyntax), DCM_TransferSyntaxUID);
  file.transferInit();
  OFCondition ended;
  const std::string bytes = written_bytes(
      [&](DcmOutputStream& stream) {
        return file.write(stream, kSyntax, EET_ExplicitLength, nullptr, EGL_recalcGL, EPD_withoutPadding);
      },
      ended);
  file.transferEnd();
  require(ended, DCM_PixelData);
  return bytes;
}

}  // namespace lanet
