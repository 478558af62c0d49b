#pragma once

#include <string>
#include <vector>

#include "finding/finding.hpp"

namespace lanet {

inline constexpr int kFindingFormatVersion = 1;

/// JSON text (docs/formats.md), indented, without a last line break, with the mask as COCO run lengths.
std::string to_json(const Finding& finding);
/// The same on one line, for lists with a finding a line (.jsonl).
std::string to_json_line(const Finding& finding);
/// Inverse. Throws DataError for a wrong type, a missing field, run lengths that do not fill the mask, a newer version.
Finding finding_from_json(const std::string& json, const std::string& place);

/// COCO's uncompressed run lengths: column-major, runs of outside and inside in turn, beginning with outside (possibly
/// 0).
std::vector<std::int64_t> encode_runs(const Mask& mask);
/// Throws DataError unless the runs are >= 0 and sum to height x width.
Mask decode_runs(const std::vector<std::int64_t>& runs, std::int64_t height, std::int64_t width,
                 const std::string& place);

}  // namespace lanet
