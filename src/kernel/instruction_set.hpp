#pragma once

#include <string>

namespace lanet {

/// Their names by level; "plain" is what every processor runs.
inline constexpr const char* kInstructionSets[] = {"plain", "avx2", "avx512", "avx512bf16"};

/// Whether this processor has the instruction set. Throws ConfigError for a name that is none of them.
bool has_instruction_set(const std::string& name);

/// From now on this process's kernels take no better one than `name`, where they are not asked for another by name: for
/// measurements and tests. To be called while no kernel runs. Throws ConfigError where the processor lacks it.
void limit_instruction_set(const std::string& name);

/// The one that kernels take.
const char* instruction_set_name();

/// One kernel table for each instruction set; on other processors all are the plain one.
template <class Table>
struct InstructionSets {
  const Table& avx512bf16;
  const Table& avx512;
  const Table& avx2;
  const Table& plain;

  /// The best that this processor runs, up to the limit; wanted: "" for that, or a name, which gives the best at or
  /// below it.
  const Table& choose(const char* wanted) const;
};

/// 3: AVX-512 with BF16, 2: AVX-512 (F, BW, VL), 1: AVX2 with FMA, 0: neither; not above `wanted`, or, where that is
/// "", the limit.
int instruction_set_level(const char* wanted);

template <class Table>
const Table& InstructionSets<Table>::choose(const char* wanted) const {
  const int level = instruction_set_level(wanted);
  return level == 3 ? avx512bf16 : level == 2 ? avx512 : level == 1 ? avx2 : plain;
}

}  // namespace lanet

/// Declares the tables of one kind in the namespaces and makes the set of them.
#if defined(__x86_64__)
#define LANET_DECLARE_KERNELS(Table, name) \
  namespace avx512bf16 {                   \
  extern const Table name;                 \
  }                                        \
  namespace avx512 {                       \
  extern const Table name;                 \
  }                                        \
  namespace avx2 {                         \
  extern const Table name;                 \
  }                                        \
  namespace plain {                        \
  extern const Table name;                 \
  }                                        \
  static const InstructionSets<Table> name##Sets{avx512bf16::name, avx512::name, avx2::name, plain::name};
#else
#define LANET_DECLARE_KERNELS(Table, name) \
  namespace plain {                        \
  extern const Table name;                 \
  }                                        \
  static const InstructionSets<Table> name##Sets{plain::name, plain::name, plain::name, plain::name};
#endif
