#include "kernel/instruction_set.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr int kBest = static_cast<int>(std::size(kInstructionSets)) - 1;

/// The level that a name stands for; -1 for none.
int level_of(std::string_view name) {
  for (int level = 0; level <= kBest; ++level)
    if (name == kInstructionSets[level]) return level;
  return -1;
}

int processor_level() {
#if defined(__x86_64__)
  static const int has = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
      return __builtin_cpu_supports("avx512bf16") ? 3 : 2;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0;
  }();
  return has;
#else
  return 0;
#endif
}

int& limit() {
  static int level = kBest;
  return level;
}

}  // namespace

int instruction_set_level(const char* wanted) {
  const std::string_view name(wanted);
  return std::min(processor_level(), name.empty() ? limit() : std::max(0, level_of(name)));
}

bool has_instruction_set(const std::string& name) {
  const int level = level_of(name);
  if (level < 0)
    throw ConfigError({"--isa", name, join_text({std::begin(kInstructionSets), std::end(kInstructionSets)}, ", "), ""});
  return level <= processor_level();
}

void limit_instruction_set(const std::string& name) {
  if (!has_instruction_set(name))
    throw ConfigError({"--isa", name, std::string("what this processor has: ") + kInstructionSets[processor_level()],
                       "measure it on a machine that has it"});
  limit() = level_of(name);
}

const char* instruction_set_name() { return kInstructionSets[instruction_set_level("")]; }

}  // namespace lanet
