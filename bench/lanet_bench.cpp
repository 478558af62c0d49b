// Speed of the parts that users wait for. Compare only runs on one machine: ./run bench --benchmark_filter=TrainStep
// --isa avx512bf16|avx512|avx2|plain limits our kernels and the libraries of training alike; --kernels auto|own|library
// is that of the training steps; --list-isas says what the processor has.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include <ATen/Version.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <torch/csrc/autograd/profiler_legacy.h>
#include <torch/torch.h>

#include "bench/isa.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "dataset/import.hpp"
#include "engine/compute.hpp"
#include "evaluate/overlap.hpp"
#include "image/codec.hpp"
#include "infer/finder.hpp"
#include "kernel/instruction_set.hpp"
#include "kernel/kernel_choice.hpp"
#include "model/weights.hpp"
#include "train/adam.hpp"
#include "train/batch.hpp"
#include "train/staged_objective.hpp"

namespace lanet {
namespace {

constexpr std::int64_t kSide = 256;
constexpr std::int64_t kBatch = 8;

BenchOptions& bench_options() {
  static BenchOptions options;
  return options;
}

NetworkOptions network_options(const std::string& backbone, const std::string& head = "la_net") {
  NetworkOptions options;
  options.backbone = backbone;
  options.head = head;
  if (backbone == "efficientnet_lite0") {
    options.stem_channels = 1;
    options.mask_level = 2;
    options.fusion_resize = "area";
  }
  if (head == "pyramid") options.mask_level = 1;
  return options;
}

ImageCache sample_cache(std::int64_t side) {
  ImportOptions options;
  options.source = std::filesystem::path(LANET_SOURCE_DIR) / "sample";
  const Imported imported = import_dataset(options);
  std::vector<std::string> ids;
  for (std::size_t index = 0; index < 16; ++index) ids.push_back(imported.manifest.samples[index].id);
  SilentProgress silent;
  return load_cache(imported.manifest, ids, {"benign", "malignant"}, {side}, silent);
}

/// Of the process until now: for a benchmark that runs alone.
void report_peak_memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

/// One step of stage 2 as the trainer does it, without the preparation of the batch.
void TrainStep(benchmark::State& state, const std::string& backbone, const std::string& precision,
               const std::string& head = "la_net", std::int64_t side = kSide) {
  const Compute compute = choose_compute({"auto", precision, 0, bench_options().kernels});
  TrainOptions options;
  options.network = network_options(backbone, head);
  Network network(options.network, 2);
  network->to(compute.device);
  use_channels_last(*network);
  network->train();
  NamedTensors parameters;
  for (const auto& item : network->named_parameters()) parameters.emplace_back(item.key(), item.value());
  Adam adam({{parameters, 1}}, options.adam);
  const auto samples = sample_cache(side);
  const BatchLoss loss_of = stage2_loss(options);
  std::vector<std::int64_t> members;
  for (std::int64_t index = 0; index < kBatch; ++index) members.push_back(index);
  Batch batch = make_batch(samples, members, side);
  move_batch(batch, compute.device);
  const auto step = [&] {
    adam.zero_grad();
    LossTerms loss;
    {
      const AutocastScope autocast(compute);
      loss = loss_of(network->forward(batch.images), batch);
    }
    loss.total.backward();
    adam.step(1e-4);
    benchmark::DoNotOptimize(loss.total.item<double>());
  };
  step();  // chooses the kernels
  kernel_choice().save();
  for (auto _ : state) step();
  if (const char* trace = std::getenv("LANET_TRACE")) {  // where the time goes: tools/performance_tables.py
    const torch::autograd::profiler::RecordProfile profile{std::string(trace)};
    for (int repeat = 0; repeat < 5; ++repeat) step();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  report_peak_memory(state);
  const KernelChoice::Count count = kernel_choice().count();
  state.counters["own_kernels"] = static_cast<double>(count.own);
  state.counters["library_kernels"] = static_cast<double>(count.library);
}

/// Decoding N images, the sample over and over, under new names.
void LoadCache(benchmark::State& state) {
  ImportOptions import;
  import.source = std::filesystem::path(LANET_SOURCE_DIR) / "sample";
  Manifest manifest = import_dataset(import).manifest;
  const std::vector<Sample> originals = manifest.samples;
  manifest.samples.clear();
  std::vector<std::string> ids;
  for (std::int64_t index = 0; index < state.range(0); ++index) {
    manifest.samples.push_back(originals[static_cast<std::size_t>(index) % originals.size()]);
    ids.push_back(manifest.samples.back().id += "_" + std::to_string(index));
  }
  CacheOptions options;
  options.threads = std::thread::hardware_concurrency();
  SilentProgress silent;
  for (auto _ : state)
    benchmark::DoNotOptimize(load_cache(manifest, ids, {"benign", "malignant"}, options, silent).size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
  report_peak_memory(state);
}

void Forward(benchmark::State& state, const std::string& backbone, const std::string& precision) {
  const Compute compute = choose_compute({"auto", precision, 0, bench_options().kernels});
  Network network(network_options(backbone), 2);
  network->to(compute.device);
  use_channels_last(*network);
  network->eval();
  const torch::InferenceMode inference;
  const auto image = torch::rand({1, 1, kSide, kSide}).to(compute.device);
  for (auto _ : state) {
    const AutocastScope autocast(compute);
    benchmark::DoNotOptimize(network->forward(image).class_logits.to(torch::kFloat32).sum().item<double>());
  }
}

void PrepareBatch(benchmark::State& state) {
  const auto samples = sample_cache(kSide * 3 / 2);
  const AugmentOptions augment;
  std::vector<std::int64_t> members;
  for (std::int64_t index = 0; index < kBatch; ++index) members.push_back(index);
  std::int64_t epoch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(make_batch(samples, members, kSide, &augment, 1, ++epoch).images);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void DecodeImage(benchmark::State& state) {
  const auto file = std::filesystem::path(LANET_SOURCE_DIR) / "sample/Images/bus_0009-l.png";
  for (auto _ : state) benchmark::DoNotOptimize(network_input(read_image(file), {0, 0, 300, 300}, kSide).pixels.data());
}

void SurfaceDistance(benchmark::State& state) {
  const auto folder = std::filesystem::path(LANET_SOURCE_DIR) / "sample/Masks";
  const Mask mask = read_mask(folder / "mask_0009-l.png");
  const Mask coarse = through_grid(mask, kSide, 16, 16);
  for (auto _ : state) benchmark::DoNotOptimize(surface_distances(mask, coarse));
}

BENCHMARK_CAPTURE(TrainStep, resnet18_fp32, "resnet18", "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, resnet18_auto, "resnet18", "auto")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, lite0_fp32, "efficientnet_lite0", "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, resnet18_bf16, "resnet18", "bf16")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, lite0_bf16, "efficientnet_lite0", "bf16")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, lite0_auto, "efficientnet_lite0", "auto")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, lite0_pyramid, "efficientnet_lite0", "auto", "pyramid")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, side128, "efficientnet_lite0", "auto", "la_net", 128)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, side384, "efficientnet_lite0", "auto", "la_net", 384)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(TrainStep, side512, "efficientnet_lite0", "auto", "la_net", 512)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(LoadCache)->Arg(100)->Arg(1000)->Arg(20000)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(Forward, resnet18_fp32, "resnet18", "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Forward, lite0_fp32, "efficientnet_lite0", "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(PrepareBatch)->Unit(benchmark::kMillisecond);
BENCHMARK(DecodeImage)->Unit(benchmark::kMillisecond);
BENCHMARK(SurfaceDistance)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lanet

int main(int count, char** arguments) {
  std::vector<char*> all(arguments, arguments + count + 1);
  try {
    lanet::BenchOptions& options = lanet::bench_options();
    options = lanet::take_bench_options(count, arguments);
    if (options.list_isas) {
      for (const char* isa : {"avx512bf16", "avx512", "avx2", "plain"})
        if (lanet::has_instruction_set(isa)) std::cout << isa << "\n";
      return 0;
    }
    if (options.print_environment) {
      if (!options.isa.empty())
        for (const auto& [name, value] : lanet::isa_variables(options.isa)) std::cout << name << "=" << value << "\n";
      return 0;
    }
    lanet::limit_isa(options.isa, all.data());
  } catch (const lanet::Error& error) {
    std::cerr << "lanet-bench: " << error.what() << "\n";
    return 2;
  }
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::AddCustomContext("instruction_set", lanet::instruction_set_name());
  benchmark::AddCustomContext("libtorch_instruction_set", at::get_cpu_capability());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
