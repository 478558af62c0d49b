#include "kernel/pool.hpp"

#include "kernel/instruction_set.hpp"

namespace lanet {

LANET_DECLARE_KERNELS(PoolKernels<float>, kPoolFloat)
LANET_DECLARE_KERNELS(PoolKernels<Bf16>, kPoolBf16)

template <>
const PoolKernels<float>& pool_kernels<float>(const char* isa) {
  return kPoolFloatSets.choose(isa);
}

template <>
const PoolKernels<Bf16>& pool_kernels<Bf16>(const char* isa) {
  return kPoolBf16Sets.choose(isa);
}

}  // namespace lanet
