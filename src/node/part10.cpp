#include "node/part10.hpp"

#include <cstdint>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

namespace lanet {
namespace {

constexpr std::size_t kPreamble = 128;

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int index = 0; index < count; ++index) bytes += static_cast<char>(value >> (8 * index) & 0xFF);
}

void put_short(std::string& bytes, std::uint16_t element, const char* vr, std::string value) {
  if (value.size() % 2 == 1) value += std::string(vr) == "UI" ? '\0' : ' ';
  put(bytes, 0x0002, 2);
  put(bytes, element, 2);
  bytes += vr;
  put(bytes, value.size(), 2);
  bytes += value;
}

}  // namespace

std::string part10_header(const Part10Header& header) {
  std::string meta;
  put(meta, 0x00010002, 4);  // (0002,0001) File Meta Information Version, OB
  meta += std::string("OB\0\0", 4);
  put(meta, 2, 4);
  meta += std::string("\0\1", 2);
  put_short(meta, 0x0002, "UI", header.sop_class_uid);
  put_short(meta, 0x0003, "UI", header.sop_instance_uid);
  put_short(meta, 0x0010, "UI", header.transfer_syntax);
  put_short(meta, 0x0012, "UI", OFFIS_IMPLEMENTATION_CLASS_UID);
  put_short(meta, 0x0013, "SH", OFFIS_DTK_IMPLEMENTATION_VERSION_NAME);
  put_short(meta, 0x0016, "AE", header.source_ae_title);
  std::string bytes(kPreamble, '\0');
  bytes += "DICM";
  std::string length;
  put(length, meta.size(), 4);
  put_short(bytes, 0x0000, "UL", length);
  return bytes + meta;
}

}  // namespace lanet
