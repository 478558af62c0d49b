#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lanet {

/// What a node needs of a DIMSE command set (PS3.7 E.1).
struct DimseCommand {
  static constexpr std::uint16_t kStoreRequest = 0x0001, kEchoRequest = 0x0030, kCancelRequest = 0x0FFF;
  static constexpr std::uint16_t kNoDataSet = 0x0101;

  std::uint16_t field = 0;  // (0000,0100)
  std::uint16_t message_id = 0;
  std::uint16_t data_set_type = kNoDataSet;
  std::string sop_class_uid, sop_instance_uid;  // "affected"

  bool has_data_set() const { return data_set_type != kNoDataSet; }
};

/// Reads a command set (implicit VR little endian, group 0000). Throws DataError for elements that are cut off, of
/// another group or of another length than their kind has, and where field or message id is missing.
DimseCommand parse_dimse_command(std::string_view bytes, const std::string& place);

}  // namespace lanet
