#include "core/random.hpp"

#include <cmath>
#include <numbers>

namespace lanet {

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::array<std::uint32_t, 4> philox_4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
  constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a, std::uint64_t b) {
  // Two Philox blocks hash (seed, purpose, a, b) into the key and the upper half of the counter of this stream.
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); };
  const std::uint64_t use = stable_hash(purpose);
  const auto first = philox_4x32({low(a), high(a), low(b), high(b)}, {low(seed), high(seed)});
  const auto second = philox_4x32(first, {low(use), high(use)});
  key_ = {second[0], second[1]};
  counter_ = {0, 0, second[2], second[3]};
}

void RandomStream::refill() {
  block_ = philox_4x32(counter_, key_);
  if (++counter_[0] == 0) ++counter_[1];
  used_ = 0;
}

std::uint32_t RandomStream::next_u32() {
  if (used_ == 4) refill();
  return block_[static_cast<std::size_t>(used_++)];
}

double RandomStream::uniform() {
  const std::uint64_t high = next_u32() >> 5;
  const std::uint64_t low = next_u32() >> 6;
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

double RandomStream::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t RandomStream::below(std::uint64_t count) {
  // Values past the last whole multiple of count are drawn again.
  const std::uint64_t unfair = (0 - count) % count;
  while (true) {
    const std::uint64_t first = next_u32();
    const std::uint64_t value = first << 32 | next_u32();
    if (value >= unfair) return value % count;
  }
}

bool RandomStream::chance(double p) { return uniform() < p; }

double RandomStream::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace lanet
