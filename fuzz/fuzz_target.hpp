#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/limits.hpp"

namespace lanet {

/// Feeds one input to a parser: it may take it, or refuse it by an Error whose message is one line. Anything else ends
/// the fuzzing.
template <class Parse>
int feed(const std::uint8_t* data, std::size_t size, const Parse& parse) {
  // Small enough that thousands of inputs a second are tried, large enough for every branch.
  static const bool limited = [] {
    InputLimits limits;
    limits.image_pixels = 1 << 18;
    limits.image_side = 4096;
    set_input_limits(limits);
    return true;
  }();
  try {
    if (limited) parse(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const Error& error) {
    if (std::string(error.what()).empty()) __builtin_trap();
  }
  return 0;
}

}  // namespace lanet
