#pragma once

#include <string>
#include <vector>

#include "core/random.hpp"

namespace lanet {

/// What disks, transfers and people do to a file: cut at every 1/20 (from zero bytes on), and single bits flipped all
/// over it.
inline std::vector<std::string> damaged_copies(const std::string& bytes, std::size_t flips = 200) {
  std::vector<std::string> copies;
  constexpr std::size_t kParts = 20;
  for (std::size_t part = 0; part < kParts; ++part) copies.push_back(bytes.substr(0, bytes.size() * part / kParts));
  RandomStream random(1, "damage");
  for (std::size_t flip = 0; flip < flips && !bytes.empty(); ++flip) {
    std::string copy = bytes;
    char& letter = copy[static_cast<std::size_t>(random.below(bytes.size()))];
    letter = static_cast<char>(letter ^ (1 << random.below(8)));
    copies.push_back(copy);
  }
  return copies;
}

}  // namespace lanet
