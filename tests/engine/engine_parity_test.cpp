// The same model file on LibTorch, OpenVINO and ONNX Runtime.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "engine/torch_engine.hpp"
#include "graph/network_graph.hpp"
#include "infer/finder.hpp"
#include "model/network_cases.hpp"
#include "model/weights.hpp"
#include "modelfile/compact.hpp"
#include "runtime/openvino_engine.hpp"
#include "support/phantom.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSide = 64;
constexpr double kTolerance = 1e-4;

/// A network whose batch statistics are no longer 0 and 1, so that folding them shows.
void write_model(const fs::path& path, const NetworkCase& wanted) {
  torch::manual_seed(11);
  Network network(wanted.options, wanted.classes);
  {
    const torch::NoGradGuard no_gradient;
    for (auto& item : network->named_buffers()) {
      if (item.key().ends_with("running_mean")) item.value().normal_(0, 0.1);
      if (item.key().ends_with("running_var")) item.value().uniform_(0.5, 1.5);
    }
    for (auto& item : network->named_parameters())
      if (item.value().dim() == 1) item.value().add_(torch::randn_like(item.value()) * 0.1);
  }
  network->eval();
  ModelCard card;
  NetworkOptions options = wanted.options;
  card.architecture = to_commented_toml(fields_of(options));
  card.classes = wanted.classes == 2 ? std::vector<std::string>{"benign", "malignant"}
                                     : std::vector<std::string>{"benign", "malignant", "normal"};
  card.positive_class = "malignant";
  card.input_size = kSide;
  card.temperature = 1.3;
  save_model(path, network, card);
}

std::vector<Image> inputs(std::size_t count) {
  std::vector<Image> images;
  for (std::size_t index = 0; index < count; ++index) {
    const Image image = make_phantom(index % 2 == 1, index).image;
    images.push_back(network_input(image, Box{0, 0, double(image.width), double(image.height)}, kSide));
  }
  return images;
}

double largest_difference(const std::vector<RawPrediction>& first, const std::vector<RawPrediction>& second) {
  double largest = 0;
  EXPECT_EQ(first.size(), second.size());
  for (std::size_t image = 0; image < first.size(); ++image) {
    EXPECT_EQ(first[image].grid.values.size(), second[image].grid.values.size());
    for (std::size_t index = 0; index < first[image].class_probabilities.size(); ++index)
      largest = std::max(largest,
                         std::abs(first[image].class_probabilities[index] - second[image].class_probabilities[index]));
    for (std::size_t index = 0; index < first[image].grid.values.size(); ++index)
      largest = std::max(largest, double(std::abs(first[image].grid.values[index] - second[image].grid.values[index])));
  }
  return largest;
}

class EngineParity : public testing::TestWithParam<NetworkCase> {
 protected:
  fs::path model() const { return folder_ / "model.safetensors"; }
  OpenVinoOptions eight_bits() const { return {"int8", 0, folder_ / "cache"}; }
  OpenVinoOptions openvino() const { return {"fp32", 0, folder_ / "cache"}; }
  TemporaryFolder folder_;
};

TEST_P(EngineParity, OpenVinoSaysWhatLibTorchSays) {
  write_model(model(), GetParam());
  const auto images = inputs(9);  // a batch of eight and one more
  const auto torch_engine = make_torch_engine(model(), {});
  const auto openvino_engine = make_openvino_engine(model(), openvino());
  EXPECT_LT(largest_difference(torch_engine->run(images), openvino_engine->run(images)), kTolerance);
  EXPECT_EQ(torch_engine->info().model_id, openvino_engine->info().model_id);
  // Once more, now from the cache.
  EXPECT_LT(largest_difference(make_openvino_engine(model(), openvino())->run(images), openvino_engine->run(images)),
            1e-6);
}

/// One network of each backbone and of each head: what another ablation adds divides no further sums.
std::vector<NetworkCase> networks_for_bits() {
  const std::set<std::string> names{
      "resnet18_la_net",         "resnet50_la_net",         "efficientnet_lite0_la_net", "efficientnet_lite0_pyramid",
      "efficientnet_lite0_rmtl", "efficientnet_lite0_unet", "efficientnet_lite1_la_net", "efficientnet_lite2_pyramid"};
  std::vector<NetworkCase> chosen;
  for (const NetworkCase& network : network_cases())
    if (names.count(network.name) > 0) chosen.push_back(network);
  EXPECT_EQ(chosen.size(), names.size());
  return chosen;
}

class EngineBits : public EngineParity {};

/// Of the first image: all bits, alone and among others.
void expect_the_same_alone(Engine& alone, Engine& among, const std::vector<Image>& images) {
  const RawPrediction one = alone.run({images.data(), 1}).front();
  const RawPrediction other = among.run(images).front();
  EXPECT_EQ(one.class_probabilities, other.class_probabilities) << among.info().precision;
  EXPECT_EQ(one.grid.values, other.grid.values) << among.info().precision;
}

TEST_P(EngineBits, AFindingIsTheSameToTheLastBitAloneAndInCompany) {
  write_model(model(), GetParam());
  const auto images = inputs(9);
  for (const char* precision : {"fp32", "bf16"}) {
    TorchEngineOptions torch_options;
    torch_options.device = "cpu";
    torch_options.precision = precision;
    const auto torch_engine = make_torch_engine(model(), torch_options);
    expect_the_same_alone(*torch_engine, *torch_engine, images);
    const auto one_thread = make_openvino_engine(model(), {precision, 1, folder_ / "cache"});
    const auto all_threads = make_openvino_engine(model(), {precision, 0, folder_ / "cache"});
    expect_the_same_alone(*one_thread, *all_threads, images);
  }
}

TEST_P(EngineBits, LibTorchSaysTheSameWithAnyThreads) {
  write_model(model(), GetParam());
  const auto images = inputs(2);
  std::vector<RawPrediction> found;
  for (const std::int64_t threads : {1, 2, 4}) {
    TorchEngineOptions options;
    options.device = "cpu";
    options.threads = threads;
    found.push_back(make_torch_engine(model(), options)->run(images).back());
    EXPECT_EQ(found.back().class_probabilities, found.front().class_probabilities) << threads;
    EXPECT_EQ(found.back().grid.values, found.front().grid.values) << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryBackboneAndHead, EngineBits, testing::ValuesIn(networks_for_bits()),
                         [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(EveryNetwork, EngineParity, testing::ValuesIn(network_cases()),
                         [](const auto& tested) { return tested.param.name; });

class OneModel : public EngineParity {};

TEST_P(OneModel, CompactWeightsAreTheSameNetwork) {
  write_model(model(), GetParam());
  write_compact_model(model(), folder_ / "compact.safetensors");
  EXPECT_LT(fs::file_size(folder_ / "compact.safetensors"), 0.55 * static_cast<double>(fs::file_size(model())));
  const auto images = inputs(2);
  const auto whole = make_torch_engine(model(), {})->run(images);
  const auto compact = make_torch_engine(folder_ / "compact.safetensors", {})->run(images);
  EXPECT_LT(largest_difference(whole, compact), 5e-3);
  EXPECT_LT(largest_difference(compact, make_openvino_engine(folder_ / "compact.safetensors", openvino())->run(images)),
            kTolerance);
}

TEST_P(OneModel, ADamagedOrUnwritableCacheIsDoneWithout) {
  write_model(model(), GetParam());
  const auto images = inputs(1);
  const auto expected = make_openvino_engine(model(), openvino())->run(images);
  int blobs = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "cache")) {
    ++blobs;
    std::string bytes = read_file(entry.path());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(entry.path(), std::ios::binary) << bytes;
  }
  EXPECT_EQ(blobs, 1);
  EXPECT_LT(largest_difference(make_openvino_engine(model(), openvino())->run(images), expected), 1e-6);
  EXPECT_LT(largest_difference(make_openvino_engine(model(), {"fp32", 0, "/proc/no/such"})->run(images), expected),
            1e-6);
}

TEST_P(OneModel, Bf16IsNear) {
  write_model(model(), GetParam());
  const auto images = inputs(4);
  const auto near = make_openvino_engine(model(), {"auto", 1, folder_ / "cache"})->run(images);
  EXPECT_LT(largest_difference(make_openvino_engine(model(), openvino())->run(images), near), 0.05);
}

TEST_P(OneModel, EightBitsAreNear) {
  write_model(model(), GetParam());
  const auto images = inputs(6);
  EXPECT_TRUE(
      has(refusal<DataError>([&] { make_openvino_engine(model(), eight_bits())->run(images); }), "not quantized"));
  Quantization quantization{measure_ranges(model(), images), 6, 0, 0};
  ModelCard card = make_openvino_engine(model(), openvino())->info().card;
  const auto write = [&](const Quantization& with) {
    card.quantization = to_json(with);
    write_with_card(model(), card, folder_ / "eight.safetensors");
  };
  write(quantization);
  const auto fine = make_openvino_engine(model(), openvino())->run(images);
  const auto eight = make_openvino_engine(folder_ / "eight.safetensors", eight_bits())->run(images);
  const double difference = largest_difference(fine, eight);
  EXPECT_LT(difference, 0.1);
  EXPECT_GT(difference, 1e-6);  // it did run in 8 bits
  quantization.ranges.pop_back();
  write(quantization);
  const auto run = [&] { make_openvino_engine(folder_ / "eight.safetensors", eight_bits())->run(images); };
  EXPECT_TRUE(has(refusal<DataError>(run), "8-bit ranges"));
}

// The wheels onnx and onnxruntime are installed by ./run setup; a LibTorch of one's own comes without them.
TEST_P(OneModel, ManyAtOnceShareACache) {
  write_model(model(), GetParam());
  const auto images = inputs(1);
  const auto expected = make_torch_engine(model(), {})->run(images);
  std::vector<std::vector<RawPrediction>> seen(4);
  std::vector<std::thread> threads;
  for (auto& predictions : seen)
    threads.emplace_back([&] { predictions = make_openvino_engine(model(), openvino())->run(images); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& predictions : seen) EXPECT_LT(largest_difference(predictions, expected), kTolerance);
  const auto files = std::distance(fs::directory_iterator(folder_ / "cache"), fs::directory_iterator());
  EXPECT_EQ(files, 1) << "one network, and no file half written";
}

class SlowOnnx : public EngineParity {};

TEST_P(SlowOnnx, OnnxRuntimeAndTheCheckerAgree) {
  const std::string python = std::string(LANET_SOURCE_DIR) + "/.venv/bin/python";
  static const bool there = fs::exists(python) && run_child({python, "-c", "import onnx, onnxruntime"}).exit_code == 0;
  if (!there) GTEST_SKIP() << "no onnx and onnxruntime in .venv";
  write_model(model(), GetParam());
  write_file_atomically(folder_ / "model.onnx", onnx_of_model(SafetensorsFile::open(model())));
  const auto images = inputs(2);
  std::string pixels;
  for (const Image& image : images) pixels.append(image.pixels.begin(), image.pixels.end());
  write_file_atomically(folder_ / "pixels", pixels);
  const ChildResult run =
      run_child({python, std::string(LANET_SOURCE_DIR) + "/tools/run_onnx.py", (folder_ / "model.onnx").string(),
                 (folder_ / "pixels").string(), std::to_string(kSide)});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  const auto expected = make_torch_engine(model(), {})->run(images);
  const auto lines = split_text(trim(run.output), '\n');
  ASSERT_GE(lines.size(), images.size());
  std::vector<RawPrediction> seen;
  for (std::size_t image = 0; image < images.size(); ++image) {
    std::vector<double> numbers;
    for (const std::string& word : split_text(lines[lines.size() - images.size() + image], ' '))
      numbers.push_back(std::stod(word));
    const auto mask = numbers.begin() + static_cast<std::ptrdiff_t>(expected[image].class_probabilities.size());
    RawPrediction prediction = expected[image];
    prediction.class_probabilities = calibrated_softmax({numbers.begin(), mask}, 1.3);
    prediction.grid.values.assign(mask, numbers.end());
    seen.push_back(std::move(prediction));
  }
  EXPECT_LT(largest_difference(seen, expected), kTolerance);
}

NetworkCase network_case(const std::string& name) {
  for (const NetworkCase& network : network_cases())
    if (network.name == name) return network;
  throw std::invalid_argument(name);
}

INSTANTIATE_TEST_SUITE_P(SlowEveryNetwork, SlowOnnx, testing::ValuesIn(network_cases()),
                         [](const auto& tested) { return tested.param.name; });
INSTANTIATE_TEST_SUITE_P(Lite, OneModel,
                         testing::Values(network_case("efficientnet_lite0_la_net"),
                                         network_case("efficientnet_lite1_la_net"),
                                         network_case("efficientnet_lite2_pyramid")),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace lanet
