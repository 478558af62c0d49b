#include "dataset/sample.hpp"

#include <array>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr std::array<std::pair<Location, const char*>, 4> kLocationNames = {
    {{Location::kMask, "mask"}, {Location::kBoxes, "boxes"}, {Location::kNone, "none"}, {Location::kEmpty, "empty"}}};

}  // namespace

const char* to_text(Location location) {
  for (const auto& [value, name] : kLocationNames)
    if (value == location) return name;
  return "none";
}

Location location_from_text(const std::string& text, const std::string& place) {
  for (const auto& [value, name] : kLocationNames)
    if (text == name) return value;
  throw DataError({place + ": location", "'" + text + "'", "mask, boxes, none or empty", ""});
}

std::string group_name(const Sample& sample) { return sample.group.empty() ? "image " + sample.id : sample.group; }

}  // namespace lanet
