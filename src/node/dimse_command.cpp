#include "node/dimse_command.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kHead = 8;  // group, element, length
constexpr std::uint16_t kSopClass = 0x0002, kField = 0x0100, kMessageId = 0x0110, kDataSetType = 0x0800,
                        kSopInstance = 0x1000;

std::uint32_t number(std::string_view bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int index = count - 1; index >= 0; --index)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(index)]);
  return value;
}

std::string uid(std::string_view value) {
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.remove_suffix(1);
  return std::string(value);
}

}  // namespace

DimseCommand parse_dimse_command(std::string_view bytes, const std::string& place) {
  const auto refuse = [&](const std::string& got) {
    throw DataError({place, "a command with " + got, "a DIMSE command set", ""});
  };
  DimseCommand command;
  bool has_field = false, has_id = false;
  while (!bytes.empty()) {
    if (bytes.size() < kHead) refuse("half an element");
    const std::uint32_t group = number(bytes, 0, 2), element = number(bytes, 2, 2), length = number(bytes, 4, 4);
    if (group != 0) refuse("an element of another group");
    if (length > bytes.size() - kHead) refuse("an element that is cut off");
    const std::string_view value = bytes.substr(kHead, length);
    const auto short_value = [&] {
      if (value.size() != 2) refuse("a number of " + std::to_string(value.size()) + " bytes");
      return static_cast<std::uint16_t>(number(value, 0, 2));
    };
    if (element == kField) command.field = short_value(), has_field = true;
    if (element == kMessageId) command.message_id = short_value(), has_id = true;
    if (element == kDataSetType) command.data_set_type = short_value();
    if (element == kSopClass) command.sop_class_uid = uid(value);
    if (element == kSopInstance) command.sop_instance_uid = uid(value);
    bytes.remove_prefix(kHead + length);
  }
  if (!has_field || !has_id) refuse("no field or no message id");
  return command;
}

}  // namespace lanet
