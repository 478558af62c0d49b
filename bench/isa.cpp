#include "bench/isa.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <unistd.h>

#include "core/error.hpp"
#include "kernel/instruction_set.hpp"
#include "kernel/kernel_choice.hpp"

namespace lanet {

std::vector<IsaVariable> isa_variables(const std::string& isa) {
  if (isa == "avx512bf16")
    return {{"ATEN_CPU_CAPABILITY", "avx512"},
            {"ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16"},
            {"MKL_ENABLE_INSTRUCTIONS", "AVX512"}};
  if (isa == "avx512")
    return {{"ATEN_CPU_CAPABILITY", "avx512"},
            {"ONEDNN_MAX_CPU_ISA", "AVX512_CORE"},
            {"MKL_ENABLE_INSTRUCTIONS", "AVX512"}};
  if (isa == "avx2")
    return {{"ATEN_CPU_CAPABILITY", "avx2"}, {"ONEDNN_MAX_CPU_ISA", "AVX2"}, {"MKL_ENABLE_INSTRUCTIONS", "AVX2"}};
  return {{"ATEN_CPU_CAPABILITY", "default"}, {"ONEDNN_MAX_CPU_ISA", "SSE41"}, {"MKL_ENABLE_INSTRUCTIONS", "SSE4_2"}};
}

BenchOptions take_bench_options(int& count, char** arguments) {
  BenchOptions options;
  int kept = 1;
  for (int index = 1; index < count; ++index) {
    const std::string_view argument(arguments[index]);
    // "--name value" or "--name=value".
    const auto takes = [&](std::string_view name, std::string& value) {
      if (argument == name) {
        if (index + 1 == count) throw ConfigError({std::string(name), "no value", "one behind it", ""});
        value = arguments[++index];
        return true;
      }
      if (!argument.starts_with(name) || argument.substr(name.size(), 1) != "=") return false;
      value = argument.substr(name.size() + 1);
      return true;
    };
    if (takes("--isa", options.isa) || takes("--kernels", options.kernels)) continue;
    if (argument == "--list-isas")
      options.list_isas = true;
    else if (argument == "--print-environment")
      options.print_environment = true;
    else
      arguments[kept++] = arguments[index];
  }
  count = kept;
  arguments[kept] = nullptr;
  kernel_use(options.kernels);
  if (!options.isa.empty()) limit_instruction_set(options.isa);
  return options;
}

void limit_isa(const std::string& isa, char** arguments) {
  if (isa.empty()) return;
  bool missing = false;
  for (const IsaVariable& variable : isa_variables(isa)) {
    const char* now = std::getenv(variable.name);
    missing = missing || !now || std::strcmp(now, variable.value) != 0;
    setenv(variable.name, variable.value, 1);
  }
  if (!missing) return;
  execv("/proc/self/exe", arguments);
  throw SystemError({"lanet-bench", std::strerror(errno), "to start itself anew", ""});
}

}  // namespace lanet
