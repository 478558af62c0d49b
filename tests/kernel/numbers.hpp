#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "kernel/depthwise.hpp"
#include "kernel/instruction_set.hpp"

namespace lanet {

/// Numbers for kernel tests, in fp32 and bf16.
using Numbers = std::vector<float>;

/// The names of all that this processor has: what each kernel test goes through.
inline std::vector<std::string> instruction_sets_here() {
  std::vector<std::string> names;
  for (const char* name : kInstructionSets)
    if (has_instruction_set(name)) names.emplace_back(name);
  return names;
}

inline Numbers random_numbers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "depthwise test");
  Numbers numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = static_cast<float>(random.uniform(-1, 1));
  return numbers;
}

inline Bf16 to_bf16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<Bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
inline float to_float(Bf16 half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
inline float to_float(float value) { return value; }
template <class Number>
Number from_float(float value) {
  if constexpr (sizeof(Number) == 2)
    return to_bf16(value);
  else
    return value;
}

template <class Number>
std::vector<Number> converted(const Numbers& numbers) {
  std::vector<Number> result;
  for (const float number : numbers) result.push_back(from_float<Number>(number));
  return result;
}

template <class Number>
void expect_near(const std::vector<Number>& got, const std::vector<double>& wanted, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size());
  double worst = 0;
  for (std::size_t index = 0; index < got.size(); ++index)
    worst = std::max(worst, std::abs(static_cast<double>(to_float(got[index])) - wanted[index]) /
                                std::max(1.0, std::abs(wanted[index])));
  EXPECT_LT(worst, tolerance) << what;
}

}  // namespace lanet
