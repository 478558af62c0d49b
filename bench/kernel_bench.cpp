// The training kernels against what the machine can do at most: ./run bench --benchmark_filter=Kernel
// "GiB/s" counts each tensor that a kernel must read or write once; Kernel/copy is what the memory gives for that.
// "GFLOP/s" counts multiply and add as two; Kernel/peak is what the processor gives. What ends in _library is the same
// by LibTorch.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include "kernel/instruction_set.hpp"
#include "kernel/kernel_choice.hpp"
#include "model/attention_pooling.hpp"
#include "model/convolution.hpp"
#include "model/depthwise_convolution.hpp"
#include "model/norm_activation.hpp"
#include "model/stem_convolution.hpp"

namespace lanet {
namespace {

constexpr double kGibi = 1 << 30;
constexpr std::int64_t kKernelBatch = 8;

using torch::MemoryFormat;

torch::ScalarType type_of(const std::string& precision) {
  return precision == "bf16" ? torch::kBFloat16 : torch::kFloat32;
}

torch::Tensor random_features(std::int64_t channels, std::int64_t side, const std::string& precision) {
  return torch::randn({kKernelBatch, channels, side, side})
      .to(type_of(precision))
      .contiguous(MemoryFormat::ChannelsLast);
}

/// `tensors`: how many of x's size are read or written in a pass.
void report_bytes(benchmark::State& state, const torch::Tensor& x, double tensors) {
  state.counters["GiB/s"] = benchmark::Counter(tensors * static_cast<double>(x.nbytes()) / kGibi,
                                               benchmark::Counter::kIsIterationInvariantRate);
}

void report_flops(benchmark::State& state, double flops) {
  state.counters["GFLOP/s"] = benchmark::Counter(flops / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}

void Copy(benchmark::State& state, const std::string& precision) {
  const auto x = random_features(96, 128, precision);
  auto y = torch::empty_like(x);
  for (auto _ : state) y.copy_(x);
  report_bytes(state, x, 2);
}

void Matmul(benchmark::State& state, const std::string& precision) {
  constexpr std::int64_t kMatrixSide = 2048;
  const auto a = torch::randn({kMatrixSide, kMatrixSide}).to(type_of(precision)), b = a.clone();
  auto out = torch::empty_like(a);
  for (auto _ : state) torch::mm_out(out, a, b);
  report_flops(state, 2.0 * kMatrixSide * kMatrixSide * kMatrixSide);
}

#if defined(__x86_64__)

constexpr std::int64_t kRounds = 2'000'000, kChains = 12;  // so many that no addition waits for the one before

__attribute__((target("avx512f"))) float multiply_add_fp32() {
  __m512 sum[kChains];
  for (auto& value : sum) value = _mm512_setzero_ps();
  const __m512 a = _mm512_set1_ps(1e-9F), b = _mm512_set1_ps(0.5F);
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (std::int64_t chain = 0; chain < kChains; ++chain) sum[chain] = _mm512_fmadd_ps(a, b, sum[chain]);
  float total = 0;
  for (auto& value : sum) total += _mm512_cvtss_f32(value);
  return total;
}

__attribute__((target("avx512f,avx512bf16"))) float multiply_add_bf16() {
  __m512 sum[kChains];
  for (auto& value : sum) value = _mm512_setzero_ps();
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1e-9F), _mm512_set1_ps(0.5F));
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (std::int64_t chain = 0; chain < kChains; ++chain) sum[chain] = _mm512_dpbf16_ps(sum[chain], a, a);
  float total = 0;
  for (auto& value : sum) total += _mm512_cvtss_f32(value);
  return total;
}

__attribute__((target("avx2,fma"))) float multiply_add_avx2() {
  __m256 sum[kChains];
  for (auto& value : sum) value = _mm256_setzero_ps();
  const __m256 a = _mm256_set1_ps(1e-9F), b = _mm256_set1_ps(0.5F);
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma GCC unroll 12
    for (std::int64_t chain = 0; chain < kChains; ++chain) sum[chain] = _mm256_fmadd_ps(a, b, sum[chain]);
  float total = 0;
  for (auto& value : sum) total += _mm256_cvtss_f32(value);
  return total;
}

/// Multiply-adds in registers on all threads: what the processor gives at most with the instruction set. Where that has
/// none for the type, the matrix product stands for it.
void Peak(benchmark::State& state, const std::string& precision) {
  const int level = instruction_set_level("");
  const bool bf16 = precision == "bf16";
  if (level < (bf16 ? 3 : 1)) return Matmul(state, precision);
  const auto run = bf16 ? multiply_add_bf16 : level >= 2 ? multiply_add_fp32 : multiply_add_avx2;
  const int numbers = bf16 ? 32 : level >= 2 ? 16 : 8;
  const std::int64_t threads = at::get_num_threads();
  for (auto _ : state)
    at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) { benchmark::DoNotOptimize(run()); });
  report_flops(state, 2.0 * numbers * kChains * kRounds * static_cast<double>(threads));
}

#else

void Peak(benchmark::State& state, const std::string& precision) { Matmul(state, precision); }

#endif

/// ResNet-18's most frequent convolution, by LibTorch (oneDNN).
void Convolution(benchmark::State& state, const std::string& precision) {
  const torch::NoGradGuard no_gradient;
  const auto x = random_features(64, 64, precision);
  const auto weight = torch::randn({64, 64, 3, 3}).to(type_of(precision)).contiguous(MemoryFormat::ChannelsLast);
  for (auto _ : state) benchmark::DoNotOptimize(torch::conv2d(x, weight, {}, 1, 1));
  report_flops(state, 2.0 * 9 * 64 * 64 * kKernelBatch * 64 * 64);
}

/// Times a function of x forward, or the way back alone, to x and the weights.
template <class Function>
void forward_or_backward(benchmark::State& state, const torch::Tensor& x, std::vector<torch::Tensor> weights,
                         bool backward, double tensors, const Function& function) {
  if (!backward) {
    const torch::NoGradGuard no_gradient;
    for (auto _ : state) benchmark::DoNotOptimize(function(x));
  } else {
    const auto leaf = x.clone().requires_grad_(true);
    weights.push_back(leaf);
    const torch::Tensor y = function(leaf), gradient = torch::ones_like(y);
    for (auto _ : state)
      benchmark::DoNotOptimize(torch::autograd::grad({y}, weights, {gradient}, /*retain_graph=*/true));
  }
  report_bytes(state, x, tensors);
}

/// Which of the two computes while it lives.
class Uses {
 public:
  explicit Uses(KernelUse use) { kernel_choice().configure(use, "", {}); }
  ~Uses() { kernel_choice().configure(KernelUse::kOwn, "", {}); }
  Uses(const Uses&) = delete;
  Uses& operator=(const Uses&) = delete;
};

void Depthwise(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  const auto x = random_features(144, 64, precision);
  const auto weight = torch::randn({144, 1, 3, 3}).requires_grad_(backward);
  // Forward: x, y. Backward: gradient of y twice, x, gradient of x.
  forward_or_backward(state, x, {weight}, backward, backward ? 4 : 2, [&](const torch::Tensor& input) {
    return *depthwise_convolution(input, weight, 1, {1, 1, 64, 64});
  });
}

/// The stem on a grey image: 7 x 7 with stride 2, 64 channels. Forward, or the weights' gradient alone.
void Stem(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  const auto image = torch::rand({kKernelBatch, 1, 256, 256});
  const auto weight = torch::randn({64, 1, 7, 7}).requires_grad_(backward);
  at::autocast::set_autocast_enabled(torch::kCPU, precision == "bf16");
  const torch::Tensor y = *stem_convolution(image, weight, 2, {3, 3, 128, 128}), gradient = torch::ones_like(y);
  for (auto _ : state) {
    if (backward)
      benchmark::DoNotOptimize(torch::autograd::grad({y}, {weight}, {gradient}, /*retain_graph=*/true));
    else
      benchmark::DoNotOptimize(stem_convolution(image, weight, 2, {3, 3, 128, 128}));
  }
  at::autocast::set_autocast_enabled(torch::kCPU, false);
  report_flops(state, 2.0 * 49 * 64 * kKernelBatch * 128 * 128);
}

void Norm(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  const auto x = random_features(144, 64, precision);
  torch::nn::BatchNorm2d norm(144);
  // Forward: x twice (moments need a pass), y. Backward: x, y, gradient of y twice, gradient of x.
  forward_or_backward(state, x, {norm->weight, norm->bias}, backward, backward ? 7 : 3,
                      [&](const torch::Tensor& input) { return norm_activation(norm, input, Activation::kRelu6); });
}

/// What CAM looks at. Backward: x, gradient of x.
void Pool(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  forward_or_backward(state, random_features(128, 64, precision), {}, backward, backward ? 2 : 1,
                      [](const torch::Tensor& input) {
                        const PooledPixels pooled = pool_pixels(input);
                        return torch::cat({pooled.mean, pooled.largest}, 1);
                      });
}

/// What SAM looks at.
void PoolChannels(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  forward_or_backward(state, random_features(128, 64, precision), {}, backward, backward ? 2 : 1, pool_channels);
}

/// A 3 x 3 convolution to one channel.
void Squeeze(benchmark::State& state, const std::string& precision, KernelUse use, bool backward) {
  const Uses uses(use);
  torch::nn::Conv2d layer(torch::nn::Conv2dOptions(128, 1, 3).padding(1).bias(false));
  at::autocast::set_autocast_enabled(torch::kCPU, precision == "bf16");
  forward_or_backward(state, random_features(128, 64, precision), {layer->weight}, backward, backward ? 2 : 1,
                      [&](const torch::Tensor& input) { return squeeze(layer, input); });
  at::autocast::set_autocast_enabled(torch::kCPU, false);
}

#define LANET_BENCH(function, name, ...) \
  BENCHMARK_CAPTURE(function, name, __VA_ARGS__)->Name("Kernel/" #name)->Unit(benchmark::kMillisecond)->UseRealTime()

/// Forward and backward, own and LibTorch's, which alternate so that both meet the same state of a busy machine.
#define LANET_BENCH_BOTH(function, name)                                              \
  LANET_BENCH(function, name##_fp32, "fp32", KernelUse::kOwn, false);                 \
  LANET_BENCH(function, name##_fp32_library, "fp32", KernelUse::kLibrary, false);     \
  LANET_BENCH(function, name##_fp32_back, "fp32", KernelUse::kOwn, true);             \
  LANET_BENCH(function, name##_fp32_back_library, "fp32", KernelUse::kLibrary, true); \
  LANET_BENCH(function, name##_bf16, "bf16", KernelUse::kOwn, false);                 \
  LANET_BENCH(function, name##_bf16_library, "bf16", KernelUse::kLibrary, false);     \
  LANET_BENCH(function, name##_bf16_back, "bf16", KernelUse::kOwn, true);             \
  LANET_BENCH(function, name##_bf16_back_library, "bf16", KernelUse::kLibrary, true)

LANET_BENCH(Copy, copy_fp32, "fp32");
LANET_BENCH(Copy, copy_bf16, "bf16");
LANET_BENCH(Peak, peak_fp32, "fp32");
LANET_BENCH(Peak, peak_bf16, "bf16");
LANET_BENCH(Matmul, matmul_fp32, "fp32");
LANET_BENCH(Matmul, matmul_bf16, "bf16");
LANET_BENCH(Convolution, convolution_fp32, "fp32");
LANET_BENCH(Convolution, convolution_bf16, "bf16");
LANET_BENCH_BOTH(Depthwise, depthwise);
LANET_BENCH_BOTH(Stem, stem);
LANET_BENCH_BOTH(Norm, norm);
LANET_BENCH_BOTH(Pool, pool);
LANET_BENCH_BOTH(PoolChannels, pool_channels);
LANET_BENCH_BOTH(Squeeze, squeeze);

}  // namespace
}  // namespace lanet
