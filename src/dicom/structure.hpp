#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/limits.hpp"

namespace lanet {

struct DicomStructure {
  std::string transfer_syntax;  // UID
  std::size_t dataset = 0;      // byte behind the file's header, whatever its group length says
};

/// Walks through a DICOM object's elements without recursion, before any other parser sees it. Throws DataError for
/// sequences nested deeper than limits.nesting, an element or item that is longer than what holds it, more than two
/// million elements, a transfer syntax that is missing or unknown, or a deflated dataset that grows past
/// limits.dicom_bytes. Meaning is not looked at.
/// Returns where the dataset begins, and in which transfer syntax it is written. A file without the header that names
/// it is refused: every reader would guess it in its own way, and what was checked would not be what is read.
DicomStructure check_dicom_structure(const std::string& bytes, const std::string& place, const InputLimits& limits);

/// Texts of attributes at the top of an object (tag as group << 16 | element -> value without padding) up to the tag
/// `last`, from its first bytes, be there more of it or not. Empty for bytes that begin no DICOM file; of a damaged
/// one, what stands before the damage. Never throws for what the bytes hold.
std::map<std::uint32_t, std::string> leading_texts(std::string_view first_bytes, std::uint32_t last);

}  // namespace lanet
