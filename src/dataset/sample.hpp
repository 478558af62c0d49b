#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "finding/finding.hpp"
#include "image/box.hpp"

namespace lanet {

/// What is known about where the lesion is. The states are never mixed up: `kNone` is an unlabelled image, `kEmpty` a
/// normal image whose mask is known to be empty.
enum class Location { kMask, kBoxes, kNone, kEmpty };

/// "mask", "boxes", "none", "empty".
const char* to_text(Location location);
/// Inverse. Throws DataError(place) for anything else.
Location location_from_text(const std::string& text, const std::string& place);

/// One image with all its labels, as in one row of the manifest. It holds no pixels.
struct Sample {
  std::string id;                  // unique in the manifest
  std::string image;               // path relative to the manifest's folder
  std::string class_name;          // "" unknown
  std::vector<std::string> masks;  // paths, OR-ed; empty unless location is kMask
  std::vector<Box> boxes;          // xyxy, x2 y2 exclusive
  Location location = Location::kNone;
  std::string group;   // patient, video or duplicate cluster; samples of one group stay in one subset. "" : alone
  std::string source;  // data set it comes from
  std::optional<PixelSpacing> spacing;       // mm
  std::optional<Box> crop;                   // the ultrasound region, where the picture is a screenshot
  std::map<std::string, std::string> extra;  // further columns of the manifest (device, BI-RADS, ...)

  bool has_location() const { return location != Location::kNone; }
};

/// The further column that says which values of a sample's masks mean a lesion ("1 2", "green red"), where the import
/// was told so; empty: as the values allow (image/mask_reading.hpp).
inline constexpr const char* kMaskValuesColumn = "mask_values";

/// What must stay together: the sample's group, or a name of its own where it has none.
std::string group_name(const Sample& sample);

}  // namespace lanet
