#pragma once

#include <cstdint>

#include "finding/finding.hpp"

namespace lanet {

/// Whether a finding says that there is no lesion: decided for a class that means normal, and nothing is marked. One
/// that merely marks nothing says less.
bool says_no_lesion(const Finding& finding);
/// The same of one of its parts, from 1.
bool says_no_lesion(const Finding& finding, std::int64_t part);

/// The words for it.
inline constexpr const char* kNoLesionFound = "no lesion found";

}  // namespace lanet
