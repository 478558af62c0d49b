#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "dataset/manifest.hpp"

namespace lanet {

/// A decoded image at working size, ready for augmentation.
struct CachedSample {
  std::string id;
  std::uint64_t id_hash = 0;      // stable_hash(id): numbers its random stream
  std::int64_t class_index = -1;  // -1: class unknown
  Location location = Location::kNone;
  Image image;                       // grey, side x side
  Mask mask;                         // same size; empty() for kNone
  std::int64_t original_height = 0;  // of the image file (before any crop)
  std::int64_t original_width = 0;
};

/// Decodes every sample once, to grey side x side (bilinear; area average when shrinking by more than 2 would alias),
/// masks nearest. Threads: up to `threads`; the result does not depend on them. Throws DataError listing all unreadable
/// images.
std::vector<CachedSample> load_cache(const Manifest& manifest, const std::vector<std::string>& ids,
                                     const std::vector<std::string>& classes, std::int64_t side, std::int64_t threads,
                                     Progress& progress);

}  // namespace lanet
