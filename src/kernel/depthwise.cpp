#include "kernel/depthwise.hpp"

#include "kernel/instruction_set.hpp"

namespace lanet {

LANET_DECLARE_KERNELS(DepthwiseKernels<float>, kDepthwiseFloat)
LANET_DECLARE_KERNELS(DepthwiseKernels<Bf16>, kDepthwiseBf16)

bool has_depthwise_kernel(const DepthwiseShape& s) {
  constexpr std::int64_t kMaxPadding = 2;
  return (s.kernel == 3 || s.kernel == 5) && (s.stride == 1 || s.stride == 2) && s.channels > 0 &&
         s.channels % kDepthwiseBlock == 0 && s.pad_left >= 0 && s.pad_left <= kMaxPadding && s.pad_top >= 0 &&
         s.pad_top < s.kernel && s.out_height > 0 && s.out_width > 0;
}

template <>
const DepthwiseKernels<float>& depthwise_kernels<float>(const char* isa) {
  return kDepthwiseFloatSets.choose(isa);
}

template <>
const DepthwiseKernels<Bf16>& depthwise_kernels<Bf16>(const char* isa) {
  return kDepthwiseBf16Sets.choose(isa);
}

}  // namespace lanet
