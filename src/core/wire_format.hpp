#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace lanet {

// Protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding), as far as our writers need it:
// event files and ONNX graphs.

inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// wire_type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
inline void put_tag(std::string& out, std::uint32_t field, std::uint32_t wire_type) {
  put_varint(out, field << 3 | wire_type);
}

inline void put_integer(std::string& out, std::uint32_t field, std::int64_t value) {
  put_tag(out, field, 0);
  put_varint(out, static_cast<std::uint64_t>(value));
}

/// Strings, bytes, nested messages, packed numbers.
inline void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_tag(out, field, 2);
  put_varint(out, bytes.size());
  out += bytes;
}

/// The number's own bytes, little-endian.
template <class Number>
void put_raw(std::string& out, Number value) {
  static_assert(std::endian::native == std::endian::little);
  std::array<char, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  out.append(bytes.data(), bytes.size());
}

/// float (wire type 5) or double (wire type 1).
template <class Number>
void put_number(std::string& out, std::uint32_t field, Number value) {
  put_tag(out, field, sizeof value == 4 ? 5 : 1);
  put_raw(out, value);
}

}  // namespace lanet
