#include "kernel/instruction_set.hpp"

#include <algorithm>
#include <string_view>

namespace lanet {

int instruction_set_level(const char* wanted) {
  const std::string_view name(wanted);
  const int most = name.empty() || name == "avx512bf16" ? 3 : name == "avx512" ? 2 : name == "avx2" ? 1 : 0;
#if defined(__x86_64__)
  static const int has = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
      return __builtin_cpu_supports("avx512bf16") ? 3 : 2;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0;
  }();
  return std::min(has, most);
#else
  return std::min(0, most);
#endif
}

}  // namespace lanet
