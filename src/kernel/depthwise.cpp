#include "kernel/depthwise.hpp"

#include <cstring>

namespace lanet {

#if defined(__x86_64__)
namespace avx512 {
extern const DepthwiseKernels<float> kDepthwiseFloat;
extern const DepthwiseKernels<Bf16> kDepthwiseBf16;
}  // namespace avx512
namespace avx2 {
extern const DepthwiseKernels<float> kDepthwiseFloat;
extern const DepthwiseKernels<Bf16> kDepthwiseBf16;
}  // namespace avx2
#endif
namespace plain {
extern const DepthwiseKernels<float> kDepthwiseFloat;
extern const DepthwiseKernels<Bf16> kDepthwiseBf16;
}  // namespace plain

namespace {

template <class Number>
struct Sets {
  const DepthwiseKernels<Number>& avx512;
  const DepthwiseKernels<Number>& avx2;
  const DepthwiseKernels<Number>& plain;
};

template <class Number>
const DepthwiseKernels<Number>& choose(const Sets<Number>& sets, const char* isa) {
#if defined(__x86_64__)
  const bool any = isa[0] == '\0';
  const bool has_avx512 =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (has_avx512 && (any || std::strcmp(isa, "avx512") == 0)) return sets.avx512;
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx2 && (any || std::strcmp(isa, "avx2") == 0)) return sets.avx2;
#else
  (void)isa;
#endif
  return sets.plain;
}

#if defined(__x86_64__)
const Sets<float> kFloat{avx512::kDepthwiseFloat, avx2::kDepthwiseFloat, plain::kDepthwiseFloat};
const Sets<Bf16> kBf16{avx512::kDepthwiseBf16, avx2::kDepthwiseBf16, plain::kDepthwiseBf16};
#else
const Sets<float> kFloat{plain::kDepthwiseFloat, plain::kDepthwiseFloat, plain::kDepthwiseFloat};
const Sets<Bf16> kBf16{plain::kDepthwiseBf16, plain::kDepthwiseBf16, plain::kDepthwiseBf16};
#endif

}  // namespace

bool has_depthwise_kernel(const DepthwiseShape& s) {
  constexpr std::int64_t kMaxPadding = 2;
  return (s.kernel == 3 || s.kernel == 5) && (s.stride == 1 || s.stride == 2) && s.channels > 0 &&
         s.channels % kDepthwiseBlock == 0 && s.pad_left >= 0 && s.pad_left <= kMaxPadding && s.pad_top >= 0 &&
         s.pad_top < s.kernel && s.out_height > 0 && s.out_width > 0;
}

template <>
const DepthwiseKernels<float>& depthwise_kernels<float>(const char* isa) {
  return choose(kFloat, isa);
}

template <>
const DepthwiseKernels<Bf16>& depthwise_kernels<Bf16>(const char* isa) {
  return choose(kBf16, isa);
}

}  // namespace lanet
