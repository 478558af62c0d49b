#pragma once

namespace lanet {

/// One kernel table for each instruction set; on other processors all are the plain one.
template <class Table>
struct InstructionSets {
  const Table& avx512bf16;
  const Table& avx512;
  const Table& avx2;
  const Table& plain;

  /// The best that this processor runs; wanted: "" for that, or a name ("avx512bf16", "avx512", "avx2", "plain"), which
  /// gives the best at or below it.
  const Table& choose(const char* wanted) const;
};

/// 3: AVX-512 with BF16, 2: AVX-512 (F, BW, VL), 1: AVX2 with FMA, 0: neither; not above `wanted`.
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
