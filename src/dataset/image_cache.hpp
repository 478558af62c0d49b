#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/mapped_buffer.hpp"
#include "core/progress.hpp"
#include "dataset/manifest.hpp"

namespace lanet {

/// A decoded image at working size, ready for augmentation.
struct CachedSample {
  std::string id;
  std::uint64_t id_hash = 0;      // stable_hash(id): numbers its random stream
  std::int64_t class_index = -1;  // -1: class unknown
  Location location = Location::kNone;
  bool has_lesion = false;           // its mask has a pixel inside (at working size)
  Image image;                       // grey, side x side
  Mask mask;                         // same size; empty() for kNone
  std::int64_t original_height = 0;  // of the image file (before any crop)
  std::int64_t original_width = 0;
};

/// Decoded images of one side, all in one buffer: in memory, or past a limit in a temporary file.
class ImageCache {
 public:
  ImageCache() = default;
  /// Room for samples whose pixels are set later. Each takes side * side bytes, and as many again with a location
  /// label. Past `memory_bytes` in all they lie in a file in `overflow_folder`.
  ImageCache(std::vector<CachedSample> samples, std::int64_t side, std::int64_t memory_bytes,
             const std::filesystem::path& overflow_folder);

  std::size_t size() const { return samples_.size(); }
  /// Everything but the pixels (image and mask are empty).
  const std::vector<CachedSample>& samples() const { return samples_; }
  /// One sample with its pixels, copied out.
  CachedSample at(std::size_t index) const;
  /// Keeps sample `index`, of the side and with a mask where it has a label. Different ones may be set at once by
  /// threads.
  void set(std::size_t index, CachedSample sample);
  bool on_disk() const { return pixels_.on_disk(); }

 private:
  std::vector<CachedSample> samples_;
  std::vector<std::size_t> offsets_;  // of each sample's image; its mask follows
  std::int64_t side_ = 0;
  MappedBuffer pixels_;
};

/// Where decoded images are kept.
struct CacheOptions {
  std::int64_t side = 384;
  std::int64_t threads = 1;
  std::int64_t memory_bytes = 4LL << 30;
  std::filesystem::path overflow_folder = std::filesystem::temp_directory_path();
};

/// Decodes every sample once, to grey side x side (bilinear; area average when shrinking by more than 2 would alias),
/// masks nearest. Threads: up to `threads`; the result does not depend on them. Throws DataError listing all unreadable
/// images.
ImageCache load_cache(const Manifest& manifest, const std::vector<std::string>& ids,
                      const std::vector<std::string>& classes, const CacheOptions& options, Progress& progress);

}  // namespace lanet
