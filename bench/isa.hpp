#pragma once

#include <string>
#include <vector>

namespace lanet {

/// An environment variable that keeps a library from taking more than an instruction set.
struct IsaVariable {
  const char* name;
  const char* value;
};

/// Those of LibTorch, oneDNN and MKL for one of kInstructionSets.
std::vector<IsaVariable> isa_variables(const std::string& isa);

/// What lanet-bench takes from its command line before google-benchmark sees it.
struct BenchOptions {
  std::string isa;  // --isa NAME: our kernels and the libraries alike take no better one; "": all that is there
  std::string kernels = "auto";    // --kernels auto|own|library: of the training steps
  bool list_isas = false;          // --list-isas: prints those that the processor has, the best first
  bool print_environment = false;  // --print-environment: prints isa_variables(isa), one NAME=VALUE a line
};

/// Removes them from the command line. Throws ConfigError for a value that is none, or an instruction set that the
/// processor lacks.
BenchOptions take_bench_options(int& count, char** arguments);

/// Limits our kernels, and the libraries by starting this program anew with isa_variables(isa) in its environment,
/// which they read when they are loaded. Returns where they are set already, or isa is "".
void limit_isa(const std::string& isa, char** arguments);

}  // namespace lanet
