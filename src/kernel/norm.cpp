#include "kernel/norm.hpp"

#include "kernel/instruction_set.hpp"

namespace lanet {

LANET_DECLARE_KERNELS(NormKernels<float>, kNormFloat)
LANET_DECLARE_KERNELS(NormKernels<Bf16>, kNormBf16)

template <>
const NormKernels<float>& norm_kernels<float>(const char* isa) {
  return kNormFloatSets.choose(isa);
}

template <>
const NormKernels<Bf16>& norm_kernels<Bf16>(const char* isa) {
  return kNormBf16Sets.choose(isa);
}

}  // namespace lanet
