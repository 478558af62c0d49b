#include "train/event_file.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "core/error.hpp"

namespace lanet {
namespace {

/// Protocol buffers' wire format, as much of it as an Event needs.
void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_tag(std::string& out, std::uint32_t field, std::uint32_t wire_type) {
  put_varint(out, field << 3 | wire_type);
}

template <class Number>
void put_fixed(std::string& out, Number value) {
  static_assert(std::endian::native == std::endian::little);
  std::array<char, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  out.append(bytes.data(), bytes.size());
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_tag(out, field, 2);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string record(const std::string& event) {
  std::string length;
  put_fixed(length, static_cast<std::uint64_t>(event.size()));
  std::string out = length;
  put_fixed(out, masked_crc32c(length));
  out += event;
  put_fixed(out, masked_crc32c(event));
  return out;
}

std::string begin_event(double wall_time) {
  std::string event;
  put_tag(event, 1, 1);  // Event.wall_time, double
  put_fixed(event, wall_time);
  return event;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0x82f63b78U & (0U - (crc & 1U)));
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8U; }

std::string event_file_header(double wall_time) {
  std::string event = begin_event(wall_time);
  put_bytes(event, 3, "brain.Event:2");  // Event.file_version
  return record(event);
}

std::string event_record(double wall_time, std::int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [name, value] : scalars) {
    if (std::isnan(value)) continue;
    std::string entry;
    put_bytes(entry, 1, name);  // Summary.Value.tag
    put_tag(entry, 2, 5);       // Summary.Value.simple_value, float
    put_fixed(entry, static_cast<float>(value));
    put_bytes(summary, 1, entry);
  }
  std::string event = begin_event(wall_time);
  put_tag(event, 2, 0);  // Event.step
  put_varint(event, static_cast<std::uint64_t>(step));
  put_bytes(event, 5, summary);
  return record(event);
}

void EventFile::append(double wall_time, std::int64_t step, const Scalars& scalars) {
  std::ofstream file(path_, std::ios::binary | (begun_ ? std::ios::app : std::ios::trunc));
  if (!begun_) file << event_file_header(wall_time);
  file << event_record(wall_time, step, scalars);
  file.close();
  if (!file) throw SystemError({path_.string(), "cannot be written", "a writable run folder", "free some space"});
  begun_ = true;
}

}  // namespace lanet
