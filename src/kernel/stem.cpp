#include "kernel/stem.hpp"

#include "kernel/instruction_set.hpp"

namespace lanet {

LANET_DECLARE_KERNELS(StemKernels<float>, kStemFloat)
LANET_DECLARE_KERNELS(StemKernels<Bf16>, kStemBf16)

bool has_stem_kernel(const StemShape& s) {
  constexpr std::int64_t kChannels = 32;
  return (s.kernel == 3 || s.kernel == 7) && s.stride == 2 && s.channels > 0 && s.channels % kChannels == 0 &&
         s.out_height > 0 && s.out_width > 0;
}

std::int64_t stem_width(std::int64_t kernel, std::int64_t stride, std::int64_t out_width) {
  const std::int64_t groups = (out_width + kStemGroup - 1) / kStemGroup;
  return (groups * kStemGroup - 1) * stride + kernel;
}

template <>
const StemKernels<float>& stem_kernels<float>(const char* isa) {
  return kStemFloatSets.choose(isa);
}

template <>
const StemKernels<Bf16>& stem_kernels<Bf16>(const char* isa) {
  return kStemBf16Sets.choose(isa);
}

}  // namespace lanet
