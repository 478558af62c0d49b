#pragma once

namespace lanet {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace lanet
