#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace lanet {

/// Counter-based random numbers (Philox 4x32-10, Salmon et al. 2011): the n-th number of a stream is a function of
/// (seed, purpose, a, b, n) alone, so results do not depend on threads, order, or what else drew numbers.
class RandomStream {
 public:
  /// `purpose` separates uses ("split", "augment", ...); a and b number the thing inside it (epoch, image).
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  std::uint32_t next_u32();
  /// Uniform in [0, 1), 53 random bits.
  double uniform();
  /// Uniform in [low, high); low where low == high.
  double uniform(double low, double high);
  /// Uniform integer in [0, count), without modulo bias. count >= 1.
  std::uint64_t below(std::uint64_t count);
  /// true with probability p.
  bool chance(double p);
  /// Standard normal (Box-Muller).
  double normal();

  /// Fisher-Yates.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left)]);
  }

 private:
  void refill();
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// 64-bit FNV-1a of a text: a stable number for an image id or a purpose.
std::uint64_t stable_hash(std::string_view text);

/// Philox 4x32-10 of one counter block; exposed for the published test vectors.
std::array<std::uint32_t, 4> philox_4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

}  // namespace lanet
