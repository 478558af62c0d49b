#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

namespace lanet {

/// A coded term: code value, coding scheme, meaning (PS3.3 8.8).
struct Code {
  std::string value, scheme, meaning;
};

/// Puts one attribute; an older one of that tag goes. All throw std::logic_error where the value does not fit its type.
void put(DcmItem& item, const DcmTagKey& tag, const std::string& value);
void put_small(DcmItem& item, const DcmTagKey& tag, std::uint16_t value);
void put_large(DcmItem& item, const DcmTagKey& tag, std::uint32_t value);
/// A number as decimal text (DS) of at most 16 letters.
void put_decimals(DcmItem& item, const DcmTagKey& tag, std::span<const double> values);

/// A sequence without items, where one must be there.
void put_empty_sequence(DcmItem& item, const DcmTagKey& sequence);
/// A new item at the end of a sequence, which is made where it is missing.
DcmItem& append_item(DcmItem& item, const DcmTagKey& sequence);
/// A new item that holds a coded term.
DcmItem& append_code(DcmItem& item, const DcmTagKey& sequence, const Code& code);

/// The first value as text without padding; "" where there is none.
std::string text_of(DcmItem& item, const DcmTagKey& tag);
/// Copies one attribute with all it holds. Returns whether the source has it.
bool copy_attribute(DcmItem& from, DcmItem& to, const DcmTagKey& tag);

/// Printable ASCII, which every DICOM character set contains: other letters become "?", a backslash (it separates
/// values) "/"; cut to `longest` letters.
std::string plain_text(const std::string& text, std::size_t longest);

/// What `write`, a call of DcmFileFormat::write, puts into the stream that it is given; it is called until it no longer
/// asks for room. ended: its last answer.
std::string written_bytes(const std::function<OFCondition(DcmOutputStream&)>& write, OFCondition& ended);
/// The object as the bytes of a PS3.10 file, explicit VR little endian.
std::string file_bytes(DcmDataset& dataset);

}  // namespace lanet
