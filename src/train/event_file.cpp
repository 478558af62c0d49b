#include "train/event_file.hpp"

#include <bit>
#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "core/wire_format.hpp"

namespace lanet {
namespace {

std::string record(const std::string& event) {
  std::string length;
  put_raw(length, static_cast<std::uint64_t>(event.size()));
  std::string out = length;
  put_raw(out, masked_crc32c(length));
  out += event;
  put_raw(out, masked_crc32c(event));
  return out;
}

std::string begin_event(double wall_time) {
  std::string event;
  put_number(event, 1, wall_time);  // Event.wall_time
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
    put_bytes(entry, 1, name);                        // Summary.Value.tag
    put_number(entry, 2, static_cast<float>(value));  // Summary.Value.simple_value
    put_bytes(summary, 1, entry);
  }
  std::string event = begin_event(wall_time);
  put_integer(event, 2, step);  // Event.step
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
