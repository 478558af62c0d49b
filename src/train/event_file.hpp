#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lanet {

/// Numbers of one epoch, as TensorBoard shows them: name ("stage2/val_loss") and value.
using Scalars = std::vector<std::pair<std::string, double>>;

/// One record of a TensorBoard event file (TFRecord around an Event message): length, its checksum, data, its checksum.
std::string event_record(double wall_time, std::int64_t step, const Scalars& scalars);
/// The record that every event file begins with.
std::string event_file_header(double wall_time);

/// CRC-32C (Castagnoli), and masked as TFRecord has it.
std::uint32_t crc32c(std::string_view bytes);
std::uint32_t masked_crc32c(std::string_view bytes);

/// Appends records to a file; the first one after opening replaces what an earlier process left. Throws SystemError.
class EventFile {
 public:
  explicit EventFile(std::filesystem::path path) : path_(std::move(path)) {}
  void append(double wall_time, std::int64_t step, const Scalars& scalars);

 private:
  std::filesystem::path path_;
  bool begun_ = false;
};

}  // namespace lanet
