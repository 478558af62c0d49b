// Every network, its loss and its training against plain PyTorch (tools/parity_reference.py), which knows nothing of
// this code.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "core/child_process.hpp"
#include "core/file.hpp"
#include "loss/hybrid.hpp"
#include "loss/target_grid.hpp"
#include "model/network_cases.hpp"
#include "model/weights.hpp"
#include "support/temporary_folder.hpp"
#include "train/adam.hpp"
#include "train/staged_objective.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSide = 64;
constexpr std::int64_t kSamples = 2048;
constexpr int kSteps = 2;  // the second has both moments and their corrections

/// As the script stores it: large tensors as evenly spaced elements, sum and norm.
torch::Tensor sampled(const torch::Tensor& tensor) {
  const auto flat = tensor.detach().contiguous().view(-1);
  if (flat.numel() <= kSamples) return flat.clone();
  const auto where = torch::arange(kSamples) * flat.numel() / kSamples;
  return torch::cat({flat.index_select(0, where.to(torch::kInt64)), flat.sum().view(1), flat.norm().view(1)});
}

double largest(const torch::Tensor& tensor) { return tensor.abs().max().item<double>(); }

/// Relative to the largest element, or to `least` where that is larger.
void expect_close(const torch::Tensor& got, const torch::Tensor& expected, double tolerance, const std::string& what,
                  double least = 1e-30) {
  ASSERT_EQ(got.sizes(), expected.sizes()) << what;
  // Sum and norm are larger by nature and compared on their own.
  const auto compare = [&](const torch::Tensor& a, const torch::Tensor& b, const char* part) {
    EXPECT_LE(largest(a - b), tolerance * std::max(largest(b), least)) << what << " " << part;
  };
  const std::int64_t elements = std::min<std::int64_t>(got.numel(), kSamples);
  compare(got.slice(0, 0, elements), expected.slice(0, 0, elements), "elements");
  if (got.numel() > kSamples) compare(got.slice(0, kSamples + 1), expected.slice(0, kSamples + 1), "norm");
}

struct LossCase {
  std::string pseudo;
  std::string normalise;
  std::int64_t labelled;  // first images of the batch with a label
  double dice_weight = 0;
};

/// Batches of every composition go round over the networks.
LossCase loss_case(std::size_t index) {
  const LossCase cases[] = {{"threshold", "present", 2},
                            {"ignore_uncertain", "present", 2, 0.7},
                            {"threshold", "batch", 1},
                            {"threshold", "present", 4},
                            {"ignore_uncertain", "batch", 0}};
  return cases[index % std::size(cases)];
}

HybridOptions loss_options(const LossCase& loss) {
  HybridOptions options;
  options.pseudo = loss.pseudo;
  options.normalise = loss.normalise;
  options.keep_confidence = 0.6;  // both labels occur with fresh weights
  return options;
}

class SlowParity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string python = std::string(LANET_SOURCE_DIR) + "/.venv/bin/python";
    if (!fs::exists(python)) return;
    folder_ = new TemporaryFolder;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const auto cases = network_cases();
    for (std::size_t index = 0; index < cases.size(); ++index) list.push_back(write_case(cases[index], index));
    write_file_atomically(*folder_ / "cases.json", list.dump());
    const ChildResult result =
        run_child({python, std::string(LANET_SOURCE_DIR) + "/tools/parity_reference.py", folder_->path().string()});
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  void SetUp() override {
    if (!folder_) GTEST_SKIP() << "no .venv with torch";
  }

  static Network make(const NetworkCase& network_case, std::size_t index) {
    torch::manual_seed(100 + index);
    Network network(network_case.options, network_case.classes);
    shake(*network, 200 + index);
    return network;
  }

  static Batch make_batch_of(const NetworkCase& network_case, std::size_t index) {
    torch::manual_seed(300 + index);
    Batch batch;
    batch.images = torch::rand({4, 1, kSide, kSide});
    batch.masks = torch::zeros({4, 1, kSide, kSide});
    for (std::int64_t image = 0; image < 4; ++image)
      batch.masks[image].slice(1, 8 * image, 8 * image + 24).slice(2, 16, 40).fill_(1);
    batch.class_index = torch::arange(4) % network_case.classes;
    batch.class_index[3] = -1;
    batch.has_label = torch::arange(4) < loss_case(index).labelled;
    return batch;
  }

  static nlohmann::ordered_json write_case(const NetworkCase& network_case, std::size_t index) {
    const NetworkOptions& options = network_case.options;
    const Batch batch = make_batch_of(network_case, index);
    save_state(*folder_ / (network_case.name + ".weights.safetensors"), *make(network_case, index), {});
    save_tensors(*folder_ / (network_case.name + ".input.safetensors"),
                 {{"images", batch.images},
                  {"masks", batch.masks},
                  {"class_index", batch.class_index},
                  {"has_label", batch.has_label}},
                 {});
    const HybridOptions loss = loss_options(loss_case(index));
    return {{"name", network_case.name},
            {"weights", network_case.name + ".weights.safetensors"},
            {"input", network_case.name + ".input.safetensors"},
            {"classes", network_case.classes},
            {"network",
             {{"backbone", options.backbone},
              {"head", options.head},
              {"channel_attention", options.channel_attention},
              {"spatial_attention", options.spatial_attention},
              {"mask_attention", options.mask_attention},
              {"spatial_form", options.spatial_form},
              {"sharing", options.sharing},
              {"mask_level", options.mask_level},
              {"fusion_resize", options.fusion_resize},
              {"pyramid_width", options.pyramid_width},
              {"rmtl_decoder", options.rmtl_decoder},
              {"scaling", options.scaling},
              {"stem_channels", options.stem_channels}}},
            {"loss",
             {{"class_weight", loss.class_weight},
              {"unlabelled_weight", loss.unlabelled_weight},
              {"keep_confidence", loss.keep_confidence},
              {"pseudo", loss.pseudo},
              {"normalise", loss.normalise},
              {"dice_weight", loss_case(index).dice_weight}}}};
  }

  /// The stage-2 loss as training computes it.
  static BatchLoss stage2_loss(std::size_t index) {
    TrainOptions options;
    options.stage2.loss = loss_options(loss_case(index));
    options.localization.dice_weight = loss_case(index).dice_weight;
    return lanet::stage2_loss(options);
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* SlowParity::folder_ = nullptr;

/// How far a float32 result lies from the float64 one, relative to the largest element.
double distance(const torch::Tensor& got, const torch::Tensor& truth) {
  const std::int64_t elements = std::min<std::int64_t>(truth.numel(), kSamples);
  const auto part = [&](const torch::Tensor& tensor) { return tensor.slice(0, 0, elements).to(torch::kFloat64); };
  return largest(part(got) - part(truth)) / largest(part(truth));
}

// In training mode a normalization over few rows enlarges the rounding of everything before it, whoever computes it: so
// the measure is the float64 result, and PyTorch's own distance from it.
TEST_F(SlowParity, ForwardPassInFp32) {
  torch::set_num_threads(1);
  std::vector<double> logs;
  const torch::NoGradGuard no_gradient;
  const auto cases = network_cases();
  for (std::size_t index = 0; index < cases.size(); ++index) {
    const SafetensorsFile reference = SafetensorsFile::open(*folder_ / (cases[index].name + ".reference.safetensors"));
    for (const bool training : {true, false}) {
      Network network = make(cases[index], index);
      network->train(training);
      const std::string mode = training ? "train" : "eval";
      const NetworkOutput output = network->forward(make_batch_of(cases[index], index).images);
      const auto expect = [&](const std::string& name, const torch::Tensor& tensor) {
        const auto stored = [&](const std::string& which) {
          return tensor_from_file(reference, *reference.find(which + "." + name));
        };
        const torch::Tensor truth = stored(mode + "64");
        const double theirs = distance(stored(mode), truth), ours = distance(sampled(tensor), truth);
        EXPECT_LE(ours, std::max(1e-5, 4 * theirs))
            << cases[index].name << " " << mode << "." << name << ", PyTorch's: " << theirs;
        logs.push_back(std::log(std::max(ours, 1e-9) / std::max(theirs, 1e-9)));
      };
      const char* const levels[] = {"f1", "f2", "f3", "f4"};
      for (std::size_t level = 0; level < 4; ++level) expect(levels[level], output.features[level]);
      expect("class_logits", output.class_logits);
      if (output.mask_logits.defined()) expect("mask_logits", output.mask_logits);
    }
  }
  // Over all outputs of all networks.
  EXPECT_LT(std::exp(std::accumulate(logs.begin(), logs.end(), 0.0) / static_cast<double>(logs.size())), 1.5);
}

TEST_F(SlowParity, GradientsAndAdamStepsInFp64) {
  torch::set_num_threads(2);
  const auto cases = network_cases();
  for (std::size_t index = 0; index < cases.size(); ++index) {
    const std::string& name = cases[index].name;
    const SafetensorsFile reference = SafetensorsFile::open(*folder_ / (name + ".reference.safetensors"));
    Network network = make(cases[index], index);
    network->to(torch::kFloat64);
    network->train();
    Batch batch = make_batch_of(cases[index], index);
    batch.images = batch.images.to(torch::kFloat64);
    batch.masks = batch.masks.to(torch::kFloat64);
    NamedTensors parameters;
    for (const auto& item : network->named_parameters()) parameters.emplace_back(item.key(), item.value());
    Adam adam({{parameters, 1}}, AdamOptions{});
    const BatchLoss loss_of = stage2_loss(index);
    const torch::Tensor losses = tensor_from_file(reference, *reference.find("losses"));
    std::size_t gradients = 0;
    // Some gradients are zero but for rounding (a shift before a batch normalization): they are compared with the
    // others' size, and what Adam makes of their noise is not compared at all.
    double gradient_size = 0;
    for (const TensorInfo& info : reference.tensors())
      if (info.name.starts_with("grad."))
        gradient_size = std::max(gradient_size, largest(tensor_from_file(reference, info)));
    std::set<std::string> noise;
    for (int step = 0; step <= kSteps; ++step) {
      adam.zero_grad();
      const LossTerms loss = loss_of(network->forward(batch.images), batch);
      const torch::Tensor terms[] = {loss.total, loss.parts[0].value, loss.parts[1].value, loss.parts[2].value};
      for (std::int64_t term = 0; term < 4; ++term)
        if (terms[term].defined()) {
          EXPECT_NEAR(terms[term].item<double>(), losses[step][term].item<double>(), 1e-8) << name << " step " << step;
        }
      if (step == kSteps) break;
      loss.total.backward();
      for (const auto& [parameter_name, parameter] : parameters) {
        const TensorInfo* info = step == 0 ? reference.find("grad." + parameter_name) : nullptr;
        if (!info) continue;
        ++gradients;
        const torch::Tensor expected = tensor_from_file(reference, *info);
        if (largest(expected) < 1e-9 * gradient_size) noise.insert(parameter_name);
        expect_close(sampled(parameter.grad()), expected, 1e-8, name + " grad." + parameter_name, 1e-6 * gradient_size);
      }
      adam.step(1e-4);
    }
    EXPECT_EQ(gradients, parameters.size()) << name;
    EXPECT_LT(noise.size(), parameters.size() / 2) << name;
    for (const auto& [state_name, tensor] : named_state(*network)) {
      if (noise.contains(state_name)) continue;
      if (state_name.ends_with("num_batches_tracked")) continue;  // a counter, no number of the network
      const TensorInfo* info = reference.find("adam." + state_name);
      ASSERT_NE(info, nullptr) << state_name;
      expect_close(sampled(tensor), tensor_from_file(reference, *info), 1e-8, name + " adam." + state_name);
    }
  }
}

}  // namespace
}  // namespace lanet
