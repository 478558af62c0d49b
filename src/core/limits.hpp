#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/settings.hpp"

namespace lanet {

/// What input from outside may cost. Every parser checks these before it allocates; a file past one is refused by name.
struct InputLimits {
  std::int64_t image_bytes = 256LL << 20;
  std::int64_t image_pixels = 100'000'000;
  std::int64_t image_side = 30'000;
  std::int64_t text_bytes = 256LL << 20;
  std::int64_t model_bytes = 16LL << 30;
  std::int64_t dicom_bytes = 1LL << 30;  // of a file, and of a deflated object once it is inflated
  std::int64_t archive_entries = 100'000;
  std::int64_t archive_bytes = 256LL << 30;  // of all entries together, once they are unpacked
  std::int64_t archive_ratio = 200;          // bytes unpacked for one of the archive, from 64 MiB on
  std::int64_t dicom_seconds = 300;          // of reading one object and decoding its frames; looked at between frames
  std::int64_t nesting = 64;

  void visit(FieldVisitor& visitor);
  /// Throws ConfigError naming the field.
  void validate() const;
};

/// The limits of this process: the defaults, unless the program's start has set others.
const InputLimits& input_limits();
/// Only for the start of a program (and tests): parsers on other threads read without a lock.
void set_input_limits(const InputLimits& limits);

/// Throws DataError where brackets and braces outside of quotes are nested deeper than `deepest`: before a parser that
/// keeps a stack sees them.
void check_nesting(std::string_view json, const std::string& place, std::int64_t deepest);

}  // namespace lanet
