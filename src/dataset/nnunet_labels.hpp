#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace lanet {

/// The numbers of a nnU-Net data set's masks and what they mean, but for background and parts to be ignored.
struct NnUnetLabels {
  std::map<std::int64_t, std::string> lesions;
  std::set<std::int64_t> others = {0};  // background, parts to be ignored

  /// Whether the names are classes (two or more, or one that is no word for any lesion: "malignant", not "tumor").
  bool name_classes() const;
};

/// Of dataset.json, version 1 ("1": "tumor") or 2 ("tumor": 1, or a list of numbers). Throws DataError(place) for what
/// is neither.
NnUnetLabels parse_nnunet_labels(std::string_view json, const std::string& place);

}  // namespace lanet
