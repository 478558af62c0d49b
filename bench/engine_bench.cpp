// What lanet adds to the network: the engine alone, and decoded image -> finding.
#include <filesystem>

#include <benchmark/benchmark.h>

#include "finding/finding_json.hpp"
#include "image/codec.hpp"
#include "infer/finder.hpp"
#include "infer/plausibility.hpp"
#include "runtime/openvino_engine.hpp"

namespace lanet {
namespace {

const std::filesystem::path kRoot = LANET_SOURCE_DIR;

Image sample_image() { return read_image(kRoot / "sample/Images/bus_0009-l.png"); }

std::unique_ptr<Engine> bundled_model(const std::string& precision) {
  OpenVinoOptions options;
  options.precision = precision;
  return make_openvino_engine(kRoot / "models/breast_lite0.safetensors", options);
}

void EngineRun(benchmark::State& state, const std::string& precision) {
  const auto engine = bundled_model(precision);
  const Image image = sample_image();
  const Image input = network_input(image, {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)},
                                    engine->info().card.input_size);
  for (auto _ : state) benchmark::DoNotOptimize(engine->run({&input, 1}));
}

void Find(benchmark::State& state, const std::string& precision) {
  const auto engine = bundled_model(precision);
  Finder finder(*engine, {});
  const FinderInput input{"x", sample_image(), std::nullopt, std::nullopt};
  for (auto _ : state) benchmark::DoNotOptimize(finder.find(input));
}

void PictureFactsOf(benchmark::State& state) {
  const Image image = sample_image();
  for (auto _ : state) benchmark::DoNotOptimize(picture_facts(image));
}

void FindingToJson(benchmark::State& state) {
  const auto engine = bundled_model("fp32");
  Finder finder(*engine, {});
  const Finding finding = finder.find({"x", sample_image(), std::nullopt, std::nullopt}).finding;
  for (auto _ : state) benchmark::DoNotOptimize(to_json(finding));
}

void MeasureLesions(benchmark::State& state) {
  const auto engine = bundled_model("fp32");
  Finder finder(*engine, {});
  const Prediction prediction = finder.find({"x", sample_image(), std::nullopt, std::nullopt});
  const Mask& mask = prediction.finding.mask;
  for (auto _ : state) {
    benchmark::DoNotOptimize(mask_from_grid(prediction.grid, prediction.region, mask.height, mask.width, 0.5));
    benchmark::DoNotOptimize(measure_lesions(mask, std::nullopt));
  }
}

BENCHMARK_CAPTURE(EngineRun, fp32, "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(EngineRun, bf16, "auto")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(EngineRun, int8, "int8")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Find, fp32, "fp32")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Find, bf16, "auto")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Find, int8, "int8")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(PictureFactsOf)->Unit(benchmark::kMicrosecond);
BENCHMARK(MeasureLesions)->Unit(benchmark::kMicrosecond);
BENCHMARK(FindingToJson)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace lanet
