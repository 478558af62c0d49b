#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"
#include "core/stop_request.hpp"
#include "engine/torch_engine.hpp"
#include "infer/finder.hpp"
#include "kernel/kernel_choice.hpp"
#include "support/damage.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"
#include "train/adam.hpp"
#include "train/batch.hpp"
#include "train/checkpoint.hpp"
#include "train/resume_rules.hpp"
#include "train/trainer.hpp"
#include "train/validation.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

TEST(Adam, GivesTheNumbersOfTorchOptim) {
  torch::manual_seed(1);
  const auto start = torch::randn({3, 4}, torch::kFloat64);
  const auto target = torch::randn({3, 4}, torch::kFloat64);
  auto ours = start.clone().requires_grad_(true), theirs = start.clone().requires_grad_(true);
  AdamOptions options;
  options.weight_decay = 0.01;
  Adam adam({{"w", ours}}, options);
  torch::optim::Adam reference({theirs}, torch::optim::AdamOptions(1e-2).weight_decay(0.01));
  for (int step = 0; step < 10; ++step) {
    adam.zero_grad();
    (ours - target).pow(4).sum().backward();
    adam.step(1e-2);
    reference.zero_grad();
    (theirs - target).pow(4).sum().backward();
    reference.step();
  }
  EXPECT_LT((ours - theirs).abs().max().item<double>(), 1e-12);
}

TEST(Adam, TheBackboneHasItsOwnRate) {
  auto backbone = torch::ones({1}).requires_grad_(true), head = torch::ones({1}).requires_grad_(true);
  AdamOptions options;
  options.backbone_rate = 0.1;
  Adam adam({{"fex.w", backbone}, {"la_net.w", head}}, options);
  (backbone + head).sum().backward();
  adam.step(0.5);
  // Adam's first step is the rate itself.
  EXPECT_NEAR(backbone.item<double>(), 1 - 0.05, 1e-6);
  EXPECT_NEAR(head.item<double>(), 1 - 0.5, 1e-6);
}

TEST(Adam, StateGoesOnExactly) {
  const auto run = [](int interrupt_at) {
    auto weight = torch::ones({5}).requires_grad_(true);
    auto adam = std::make_unique<Adam>(NamedTensors{{"w", weight}}, AdamOptions{});
    for (int step = 0; step < 8; ++step) {
      if (step == interrupt_at) {
        NamedTensors state;
        for (const auto& [name, tensor] : adam->state()) state.emplace_back(name, tensor.clone());
        adam = std::make_unique<Adam>(NamedTensors{{"w", weight}}, AdamOptions{});
        adam->load_state(state, "x");
      }
      adam->zero_grad();
      (weight * torch::arange(1, 6)).pow(2).sum().backward();
      adam->step(0.1);
    }
    return weight.detach().clone();
  };
  EXPECT_TRUE(torch::equal(run(-1), run(4)));
  auto weight = torch::ones({5}).requires_grad_(true);
  Adam adam({{"w", weight}}, {});
  EXPECT_THROW(adam.load_state({}, "x"), DataError);
  EXPECT_THROW(
      adam.load_state(
          {{"w.exp_avg", torch::zeros({4})}, {"w.exp_avg_sq", torch::zeros({5})}, {"w.step", torch::zeros({})}}, "x"),
      DataError);
}

TEST(LearningRate, CoursesByHand) {
  ScheduleOptions options;
  options.learning_rate = 0.1;
  for (const std::int64_t step : {0, 5, 10}) EXPECT_EQ(learning_rate_at(options, step, 11), 0.1);
  options.schedule = "cosine";
  EXPECT_NEAR(learning_rate_at(options, 0, 11), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 5, 11), 0.05, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 10, 11), 0, 1e-12);
  options.schedule = "one_cycle";
  EXPECT_NEAR(learning_rate_at(options, 0, 11), 0.1 / 25, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 3, 11), 0.1, 1e-12);  // after 30 %
  EXPECT_NEAR(learning_rate_at(options, 10, 11), 0.1 / 25 / 1e4, 1e-12);
  EXPECT_EQ(learning_rate_at(options, 0, 1), 0.1);
}

TEST(Batches, CoverEverythingOnceAndAreSeeded) {
  std::vector<std::int64_t> seen;
  for (const auto& members : shuffled_batches(17, 8, 1, 1)) {
    EXPECT_GE(members.size(), 2U) << "a batch of one cannot be normalized";
    seen.insert(seen.end(), members.begin(), members.end());
  }
  EXPECT_NE(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  std::sort(seen.begin(), seen.end());
  for (std::int64_t index = 0; index < 17; ++index) EXPECT_EQ(seen[static_cast<std::size_t>(index)], index);
  EXPECT_EQ(shuffled_batches(17, 8, 1, 1), shuffled_batches(17, 8, 1, 1));
  EXPECT_NE(shuffled_batches(17, 8, 1, 1), shuffled_batches(17, 8, 1, 2));
  EXPECT_EQ(ordered_batches(3, 2), (std::vector<std::vector<std::int64_t>>{{0, 1}, {2}}));
}

/// Twelve phantoms as training sees them; `swapped` exchanges their classes and nothing else.
ImageCache phantom_cache(const fs::path& folder, bool swapped = false) {
  Manifest manifest = write_phantoms(folder, 12);
  std::vector<std::string> ids;
  for (Sample& sample : manifest.samples) {
    ids.push_back(sample.id);
    if (swapped) sample.class_name = sample.class_name == "benign" ? "malignant" : "benign";
  }
  manifest.samples[3].location = Location::kNone;
  manifest.samples[3].masks.clear();
  SilentProgress silent;
  return load_cache(manifest, ids, {"benign", "malignant"}, {48}, silent);
}

AugmentOptions all_augmentations() {
  AugmentOptions options;
  options.rotation_degrees = 20;
  options.aspect = 0.2;
  options.keep_lesion = true;
  AppearanceOptions& look = options.appearance;
  look.gamma = look.dynamic_range = look.gain_curves = look.blur = look.sharpness = look.speckle = 0.3;
  look.shadow = look.border = look.marks = look.style = 0.5;
  return options;
}

TEST(Batches, DoNotDependOnThreads) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path());
  const AugmentOptions options = all_augmentations();
  const std::vector<std::int64_t> members{7, 3, 0, 11, 5, 1, 2};
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    const Batch one = make_batch(samples, members, 32, &options, 1, epoch, 1);
    const Batch four = make_batch(samples, members, 32, &options, 1, epoch, 4);
    EXPECT_TRUE(torch::equal(one.images, four.images));
    EXPECT_TRUE(torch::equal(one.masks, four.masks));
    EXPECT_TRUE(torch::equal(one.has_label, four.has_label));
    EXPECT_TRUE(torch::equal(one.class_index, four.class_index));
    EXPECT_FALSE(one.has_label[1].item<bool>());
    EXPECT_EQ(one.class_index[0].item<std::int64_t>(), 1);
  }
  // An image is the same whatever else is in its batch.
  const Batch whole = make_batch(samples, members, 32, &options, 1, 0, 2);
  const Batch alone = make_batch(samples, {11}, 32, &options, 1, 0, 2);
  EXPECT_TRUE(torch::equal(whole.images[3], alone.images[0]));
}

TEST(Batches, TheLookDoesNotDependOnTheClass) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path()), swapped = phantom_cache(folder.path(), true);
  const AugmentOptions options = all_augmentations();
  const auto members = ordered_batches(12, 12).front();
  const Batch one = make_batch(samples, members, 32, &options, 1, 1),
              other = make_batch(swapped, members, 32, &options, 1, 1);
  EXPECT_FALSE(torch::equal(one.class_index, other.class_index));
  EXPECT_TRUE(torch::equal(one.images, other.images));
}

TEST(Batches, OptionsThatAreOffChangeNothing) {
  const TemporaryFolder folder;
  const ImageCache samples = phantom_cache(folder.path());
  AugmentOptions off = all_augmentations();
  off.enabled = false;
  const Batch plain = make_batch(samples, {0, 1, 2}, 32), same = make_batch(samples, {0, 1, 2}, 32, &off, 1, 1);
  EXPECT_TRUE(torch::equal(plain.images, same.images));
  // Style: grey level and slow changes of another image, the mask stays.
  AugmentOptions style;
  style.appearance.style = 1;
  const AugmentOptions paper;
  const Batch with = make_batch(samples, {0, 1, 2}, 32, &style, 1, 1),
              without = make_batch(samples, {0, 1, 2}, 32, &paper, 1, 1);
  EXPECT_FALSE(torch::equal(with.images, without.images));
  EXPECT_TRUE(torch::equal(with.masks, without.masks));
}

Batch labels_only(const std::vector<bool>& has_label, const std::vector<std::int64_t>& class_index) {
  Batch batch;
  batch.members.resize(class_index.size());
  batch.has_label = torch::empty({static_cast<std::int64_t>(has_label.size())}, torch::kBool);
  for (std::size_t row = 0; row < has_label.size(); ++row)
    batch.has_label[static_cast<std::int64_t>(row)] = static_cast<bool>(has_label[row]);
  batch.class_index = torch::tensor(class_index);
  return batch;
}

TEST(LossNumbers, AreTheTermsAndTheImagesTheyRestOn) {
  HybridLoss loss;
  loss.total = torch::tensor(0.75F).requires_grad_(true) * 2;
  loss.classification = torch::tensor(0.1, torch::kFloat64);
  loss.pseudo = torch::tensor(0.25F);
  const LossNumbers numbers = numbers_of(loss, labels_only({true, false, true, false}, {0, -1, 1, 1}));
  EXPECT_EQ(numbers.total, 1.5);
  EXPECT_EQ(numbers.classification, 0.1);
  EXPECT_TRUE(std::isnan(numbers.labelled)) << "there is none";
  EXPECT_EQ(numbers.pseudo, 0.25);
  EXPECT_EQ(numbers.images, 4);
  EXPECT_EQ(numbers.labelled_images, 2);
  EXPECT_EQ(numbers.classified_images, 3);
}

TEST(LossNumbers, MeansAreWeightedByImages) {
  const double none = std::nan("");
  MeanOfBatches means;
  means.add({1, 0.5, 2, none, 3, 3, 2});
  means.add({3, 1, none, 4, 1, 0, 1});
  const PassMeans pass = means.means();
  EXPECT_EQ(pass.loss, 1.5);                     // (1 * 3 + 3 * 1) / 4
  EXPECT_NEAR(pass.class_loss, 2.0 / 3, 1e-12);  // (0.5 * 2 + 1 * 1) / 3
  EXPECT_EQ(pass.location_loss, 2);              // the first alone
  EXPECT_EQ(pass.pseudo_loss, 4);                // the second alone: 1 - 0 images
  EXPECT_TRUE(std::isnan(MeanOfBatches().means().loss));
  means.add({none, 0, 0, 0, 1, 0, 0});
  EXPECT_TRUE(std::isnan(means.means().loss)) << "a loss that broke is not left out";
}

Checkpoint example_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.stage = 2;
  checkpoint.epochs_done = 7;
  checkpoint.best_score = 0.1 + 0.2;
  checkpoint.settings = "a = 1\n";
  checkpoint.metrics_csv = "stage,epoch\n1,1\n";
  checkpoint.stages_json = "[]";
  checkpoint.tensors = {{"network.w", torch::rand({2, 3})}, {"adam.w.step", torch::tensor(3.0F)}};
  return checkpoint;
}

TEST(Checkpoint, RoundTripIsExact) {
  const TemporaryFolder folder;
  const Checkpoint checkpoint = example_checkpoint();
  const CheckpointFiles files(folder.path());
  write_checkpoint(files, checkpoint);
  const Checkpoint read = read_checkpoint(files.last);
  EXPECT_EQ(read.stage, 2);
  EXPECT_EQ(read.epochs_done, 7);
  EXPECT_EQ(read.best_score, 0.1 + 0.2);
  EXPECT_EQ(read.settings, checkpoint.settings);
  ASSERT_EQ(read.tensors.size(), 2U);
  for (const auto& [name, tensor] : read.tensors)
    EXPECT_TRUE(torch::equal(tensor, checkpoint.tensors[name == "network.w" ? 0 : 1].second));
}

TEST(Checkpoint, EveryTruncationAndEveryFlippedBitIsRefused) {
  const TemporaryFolder folder;
  const CheckpointFiles files(folder.path());
  write_checkpoint(files, example_checkpoint());
  const std::string bytes = read_file(files.last);
  for (const std::string& damaged : damaged_copies(bytes)) {
    write_file_atomically(files.last, damaged);
    EXPECT_THROW(read_checkpoint(files.last), DataError);
  }
}

TEST(Checkpoint, TwoGenerationsAreKept) {
  const TemporaryFolder folder;
  const CheckpointFiles files(folder.path());
  EXPECT_FALSE(files.exist());
  Checkpoint checkpoint = example_checkpoint();
  for (checkpoint.epochs_done = 1; checkpoint.epochs_done <= 3; ++checkpoint.epochs_done)
    write_checkpoint(files, checkpoint);
  EXPECT_EQ(read_newest_checkpoint(files).checkpoint.epochs_done, 3);
  EXPECT_EQ(read_checkpoint(files.previous).epochs_done, 2);
  write_file_atomically(files.last, read_file(files.last).substr(1));
  const NewestCheckpoint newest = read_newest_checkpoint(files);
  EXPECT_EQ(newest.checkpoint.epochs_done, 2);
  EXPECT_TRUE(has(newest.warning, "last.checkpoint")) << newest.warning;
  write_file_atomically(files.previous, "x");
  EXPECT_TRUE(has(refusal<DataError>([&] { read_newest_checkpoint(files); }), "previous.checkpoint"));
}

TEST(ResumeRules, WhatMayChangeAndWhatMayNot) {
  TrainOptions begun;
  begun.stage2.course.schedule = "constant";
  begun.stage2.course.epochs = 10;
  CheckpointState state;
  state.stage = 2;
  state.epochs_done = 7;
  state.settings = to_commented_toml(fields_of(begun));
  const auto accepted = [&](const std::string& assignment) {
    TrainOptions wanted = begun;
    apply_assignment(assignment, fields_of(wanted));
    return check_resumable(state, wanted, "x").size();
  };
  EXPECT_EQ(accepted("runs_folder=/elsewhere"), 0U);  // of no consequence: not worth a line
  EXPECT_EQ(accepted("compute.threads=7"), 1U);
  EXPECT_EQ(accepted("compute.checkpoint_seconds=60"), 1U);
  EXPECT_EQ(accepted("data.loader_threads=4"), 1U);
  EXPECT_EQ(accepted("compute.kernels=own"), 1U);
  EXPECT_EQ(accepted("stage2.epochs=20"), 1U);
  EXPECT_EQ(accepted("stage2.epochs=7"), 1U);
  for (const char* refused : {"stage2.epochs=6", "stage1.epochs=3", "seed=2", "stage2.learning_rate=0.1",
                              "network.mask_level=2", "stage2.schedule=cosine", "augment.appearance.blur=1"})
    EXPECT_THROW(accepted(refused), ConfigError) << refused;
  state.stage = 1;  // stage 2 has not begun
  EXPECT_EQ(accepted("stage2.learning_rate=0.1"), 1U);
  begun.stage1.course.schedule = "one_cycle";
  state.settings = to_commented_toml(fields_of(begun));
  EXPECT_TRUE(has(refusal<ConfigError>([&] { accepted("stage1.epochs=100"); }), "spans all epochs"));
}

TEST(TrainOptions, PresetsAreCompleteAndValid) {
  int presets = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(LANET_SOURCE_DIR) / "configs")) {
    if (!entry.is_regular_file()) continue;  // configs/experiments
    TrainOptions options = read_train_options(entry.path(), {});
    const std::string text = read_file(entry.path());
    // Every setting stands in the file with its comment: it ends with what the program itself writes.
    EXPECT_TRUE(text.ends_with(to_commented_toml(fields_of(options)))) << entry.path();
    EXPECT_EQ(options.name, entry.path().stem().string());
    ++presets;
  }
  EXPECT_GE(presets, 6);
}

TEST(TrainOptions, ThePaperPresetIsThePapers) {
  const TrainOptions options = read_train_options(fs::path(LANET_SOURCE_DIR) / "configs/paper_r18_256.toml", {});
  EXPECT_EQ(options.network.backbone, "resnet18");
  EXPECT_EQ(options.network.mask_level, 4);
  EXPECT_EQ(options.network.scaling, "zero_one");
  EXPECT_EQ(options.stage2.course.epochs, 100);
  EXPECT_EQ(options.stage2.course.batch_size, 8);
  EXPECT_EQ(options.stage2.course.learning_rate, 1e-3);
  EXPECT_EQ(options.stage2.course.schedule, "constant");
  EXPECT_EQ(options.stage2.loss.class_weight, 0.5);
  EXPECT_EQ(options.data.val_share, 0.15);
}

TEST(TrainOptions, RulesBetweenFields) {
  const auto message = [](const std::vector<std::string>& assignments) {
    return refusal<ConfigError>(
        [&] { read_train_options(fs::path(LANET_SOURCE_DIR) / "configs/lite0_256.toml", assignments); });
  };
  EXPECT_EQ(message({}), "");
  EXPECT_TRUE(has(message({"input_size=250"}), "256"));
  EXPECT_TRUE(has(message({"weights=none", "stage2.start=lanet"}), "stage2.start"));
  EXPECT_TRUE(has(message({"stage1.epoch=3"}), "epochs"));
  EXPECT_TRUE(has(message({"network.head=rmtl", "data.location_share=0.5"}), "location_share"));
  EXPECT_TRUE(has(message({"name='a/b'"}), "name"));
  EXPECT_TRUE(has(message({"stage2.epochs=0"}), "stage2.epochs"));
}

/// Eight phantoms, a small network, seconds.
class TrainerOnPhantoms : public testing::Test {
 protected:
  void SetUp() override { write_phantoms(folder_ / "data", 14, 4, 2); }

  TrainOptions options(const std::string& name) const {
    TrainOptions options;
    options.name = name;
    options.runs_folder = folder_.path().string();
    options.input_size = 64;
    options.weights = "none";
    options.network.backbone = "resnet18";
    options.network.mask_level = 2;
    options.network.mask_prior = 0.1;
    options.network.mask_gain = 3;
    options.data.manifest = (folder_ / "data").string();
    options.stage1.course.epochs = 2;
    options.stage1.course.batch_size = 4;
    options.stage2.course.epochs = 3;
    options.stage2.course.batch_size = 4;
    options.compute.precision = "fp32";
    options.compute.device = "cpu";
    options.compute.threads = 1;      // the other core runs another test program
    options.compute.kernels = "own";  // bits that no clock decides
    return options;
  }

  fs::path train(const TrainOptions& options, bool resume = false) {
    SilentProgress silent;
    return Trainer(options, {"lanet", "train", "test"}, resume, silent).run();
  }

  CsvTable metrics(const std::string& run) const { return read_csv(folder_ / (run + "/metrics.csv")); }

  /// Everything but the clock.
  std::vector<std::vector<std::string>> numbers(const std::string& run) const {
    const CsvTable table = metrics(run);
    auto rows = table.rows;
    for (auto& row : rows) {
      row[static_cast<std::size_t>(table.require_column("seconds"))] = "";
      row[static_cast<std::size_t>(table.require_column("images_per_second"))] = "";
    }
    return rows;
  }

  TemporaryFolder folder_;
};

TEST_F(TrainerOnPhantoms, LossFallsAndTheRunFolderIsWhole) {
  TrainOptions wanted = options("run");
  wanted.stage1.course.epochs = 6;
  wanted.stage2.course.epochs = 8;
  wanted.stage2.course.learning_rate = 5e-5;
  wanted.augment.enabled = false;  // ten images can be learned by heart; augmented ones not in 16 steps
  const fs::path model = train(wanted);
  const CsvTable table = metrics("run");
  ASSERT_EQ(table.rows.size(), 14U);
  const auto loss = static_cast<std::size_t>(table.require_column("train_loss"));
  EXPECT_LT(std::stod(table.rows[5][loss]), 0.7 * std::stod(table.rows[0][loss]));
  EXPECT_LT(std::stod(table.rows[13][loss]), 0.5 * std::stod(table.rows[6][loss]));
  for (const char* name : {"settings.toml", "record.json", "split.csv", "last.checkpoint", "best.safetensors"})
    EXPECT_TRUE(fs::exists(folder_ / (std::string("run/") + name))) << name;
  EXPECT_TRUE(has(read_file(folder_ / "run/record.json"), "\"with_location\": 8"));

  const auto engine = make_torch_engine(model, {"cpu", "fp32", 1});
  EXPECT_EQ(engine->info().card.classes, (std::vector<std::string>{"benign", "malignant"}));
  Finder finder(*engine, {});
  const Finding finding = finder.find({"x", make_phantom(true, 1).image, {}, {}}).finding;
  EXPECT_EQ(finding.mask.height, 90);
  EXPECT_NEAR(finding.classes[0].probability + finding.classes[1].probability, 1, 1e-9);
}

TEST_F(TrainerOnPhantoms, TwoRunsAreEqualAndSeedsDiffer) {
  train(options("a"));
  train(options("b"));
  TrainOptions other = options("c");
  other.seed = 2;
  train(other);
  EXPECT_EQ(numbers("a"), numbers("b"));
  EXPECT_NE(numbers("a"), numbers("c"));
  const auto digest = [&](const std::string& run) {
    const SafetensorsFile file = SafetensorsFile::open(folder_ / (run + "/best.safetensors"));
    const auto bytes = file.bytes(*file.find("classifier.weight"));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  EXPECT_EQ(digest("a"), digest("b"));
}

/// Ends the training like Ctrl-C would, after a number of epochs.
class StopAfter final : public Progress {
 public:
  explicit StopAfter(int epochs) : left_(epochs) {}
  void begin(const std::string&, std::int64_t) override {}
  void update(std::int64_t, const std::string&) override {
    if (left_ == 0) throw Interrupted("stop");
  }
  void end(const std::string& summary) override { left_ -= summary.starts_with("loss"); }
  void note(const std::string&) override {}

 private:
  int left_;
};

TEST_F(TrainerOnPhantoms, ResumeRepeatsARunExactly) {
  train(options("whole"));
  for (const int epochs : {1, 2, 3, 4}) {
    const std::string name = "cut" + std::to_string(epochs);
    StopAfter stop(epochs);
    EXPECT_THROW(Trainer(options(name), {}, false, stop).run(), Interrupted);
    EXPECT_EQ(metrics(name).rows.size(), static_cast<std::size_t>(epochs));
    train(options(name), true);
    EXPECT_EQ(numbers(name), numbers("whole")) << "cut after epoch " << epochs;
  }
}

TEST_F(TrainerOnPhantoms, FewCheckpointsGiveTheSameRun) {
  TrainOptions often = options("run");
  often.augment = all_augmentations();
  train(often);
  fs::rename(folder_ / "run", folder_ / "often");
  TrainOptions rarely = often;
  rarely.compute.checkpoint_seconds = 86400;
  rarely.data.loader_threads = 3;
  train(rarely);
  EXPECT_EQ(numbers("run"), numbers("often"));
  EXPECT_EQ(read_file(folder_ / "run/best.safetensors"), read_file(folder_ / "often/best.safetensors"));
  const CheckpointFiles few(folder_ / "run"), many(folder_ / "often");
  // One at the end of each stage, of 2 and 3 epochs.
  EXPECT_EQ(read_checkpoint(few.last).stage, 2);
  EXPECT_EQ(read_checkpoint(few.last).epochs_done, 3);
  EXPECT_EQ(read_checkpoint(few.previous).stage, 1);
  EXPECT_EQ(read_checkpoint(few.previous).epochs_done, 2);
  EXPECT_EQ(read_checkpoint(many.previous).stage, 2);
  const Checkpoint one = read_checkpoint(few.last), other = read_checkpoint(many.last);
  ASSERT_EQ(one.tensors.size(), other.tensors.size());
  for (std::size_t index = 0; index < one.tensors.size(); ++index)
    EXPECT_TRUE(torch::equal(one.tensors[index].second, other.tensors[index].second)) << one.tensors[index].first;
}

TEST_F(TrainerOnPhantoms, WithFewCheckpointsAKilledRunGoesOnFromTheLast) {
  const auto recipe = [&](const std::string& name) {
    TrainOptions wanted = options(name);
    wanted.compute.checkpoint_seconds = 86400;
    return wanted;
  };
  train(recipe("whole"));
  for (const int epochs : {1, 3}) {  // before the first checkpoint, and after that of stage 1
    const std::string name = "cut" + std::to_string(epochs);
    StopAfter stop(epochs);
    EXPECT_THROW(Trainer(recipe(name), {}, false, stop).run(), Interrupted);
    EXPECT_EQ(CheckpointFiles(folder_ / name).exist(), epochs == 3);
    train(recipe(name), true);
    EXPECT_EQ(numbers(name), numbers("whole")) << "cut after epoch " << epochs;
  }
}

/// Ctrl-C in the middle of an epoch.
class PressCtrlC final : public Progress {
 public:
  void begin(const std::string& title, std::int64_t) override { now_ = title.starts_with("stage 2 epoch 2"); }
  void update(std::int64_t step, const std::string&) override {
    if (now_ && step == 1) std::raise(SIGINT);
  }
  void end(const std::string&) override {}
  void note(const std::string&) override {}

 private:
  bool now_ = false;
};

using TrainerDeathTest = TrainerOnPhantoms;

TEST_F(TrainerDeathTest, AStopRequestLosesNoFinishedEpoch) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process of its own: a stop request is never taken back
  const auto epochs_after_stop = [&](double checkpoint_seconds) {
    listen_for_stop_request();
    TrainOptions wanted = options("stopped");
    wanted.compute.checkpoint_seconds = checkpoint_seconds;
    PressCtrlC keyboard;
    try {
      Trainer(wanted, {}, false, keyboard).run();
    } catch (const Interrupted& stopped) {
      const Checkpoint left = read_checkpoint(CheckpointFiles(folder_ / "stopped").last);
      const std::string said = "after epoch " + std::to_string(left.epochs_done);
      std::exit(has(stopped.what(), said) && left.stage == 2 ? static_cast<int>(left.epochs_done) : 100);
    }
    std::exit(99);
  };
  // With a checkpoint after every epoch the second is broken off. Where the first is in none, the second is finished.
  EXPECT_EXIT(epochs_after_stop(0), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(epochs_after_stop(86400), testing::ExitedWithCode(2), "");
}

TEST_F(TrainerOnPhantoms, ResumeKeepsTheRunsKernelsWhateverTheClockSays) {
  setenv("LANET_CACHE", (folder_ / "cache").c_str(), 1);
  const auto recipe = [&](const std::string& name) {
    TrainOptions wanted = options(name);
    wanted.compute.kernels = "auto";
    return wanted;
  };
  int measured = 0;
  // Every second step of a network by LibTorch, later all of them: digits would differ.
  const auto every_second = [&](const StepWork&, const StepWork&) {
    return ++measured % 2 == 0 ? StepTimes{2, 1} : StepTimes{1, 2};
  };
  kernel_choice().measure_by(every_second);
  train(recipe("whole"));
  const int steps = measured;
  EXPECT_GT(steps, 20);
  EXPECT_TRUE(has(read_file(folder_ / "whole/record.json"), "\"library norm.backward fp32"));
  train(recipe("again"));  // from the cache of this machine
  EXPECT_EQ(measured, steps);
  EXPECT_EQ(numbers("again"), numbers("whole"));

  measured = 0;
  fs::remove_all(folder_ / "cache");
  StopAfter stop(3);
  EXPECT_THROW(Trainer(recipe("cut"), {}, false, stop).run(), Interrupted);
  fs::remove_all(folder_ / "cache");
  kernel_choice().measure_by([](const StepWork&, const StepWork&) { return StepTimes{2, 1}; });
  train(recipe("cut"), true);
  EXPECT_EQ(numbers("cut"), numbers("whole"));

  TrainOptions library = recipe("library");  // and the two do differ
  library.compute.kernels = "library";
  train(library);
  EXPECT_NE(numbers("library"), numbers("whole"));
  kernel_choice().measure_by({});
  unsetenv("LANET_CACHE");
}

TEST_F(TrainerOnPhantoms, ResumeRepeatsAnAveragedPyramidExactly) {
  const auto recipe = [&](const std::string& name) {
    TrainOptions wanted = options(name);
    wanted.network.head = "pyramid";
    wanted.network.pyramid_width = 16;
    wanted.localization.dice_weight = 1;
    wanted.stage2.average = 0.9;
    wanted.stage2.choose = "last";
    return wanted;
  };
  train(recipe("whole"));
  StopAfter stop(4);
  EXPECT_THROW(Trainer(recipe("cut"), {}, false, stop).run(), Interrupted);
  const fs::path model = train(recipe("cut"), true);
  EXPECT_EQ(numbers("cut"), numbers("whole"));
  EXPECT_TRUE(has(load_model(model).card.metrics, "\"epoch\":3"));  // the last
}

TEST_F(TrainerOnPhantoms, ARunIsNeverOverwrittenOrMixed) {
  train(options("run"));
  EXPECT_TRUE(has(refusal<ConfigError>([&] { train(options("run")); }), "--resume"));
  TrainOptions other = options("run");
  other.adam.beta1 = 0.8;
  EXPECT_TRUE(has(refusal<ConfigError>([&] { train(other, true); }), "settings"));
  write_png(folder_ / "data/phantom_0.png", make_phantom(true, 77).image);
  EXPECT_TRUE(has(refusal<DataError>([&] { train(options("run"), true); }), "data"));
}

TEST_F(TrainerOnPhantoms, FilesOfTheUserInTheRunsFolderStay) {
  for (const char* name : {"settings.toml", "split.csv", "metrics.csv", "record.json", "events.out.tfevents.lanet"}) {
    const TrainOptions wanted = options("beside");
    write_file_atomically(wanted.run_folder() / name, "mine");
    for (const bool resume : {false, true})
      EXPECT_TRUE(has(refusal<InTheWay>([&] { train(wanted, resume); }), name)) << name;
    EXPECT_EQ(read_file(wanted.run_folder() / name), "mine");
    fs::remove(wanted.run_folder() / name);
    EXPECT_TRUE(fs::is_empty(wanted.run_folder())) << name;
  }
}

TEST_F(TrainerOnPhantoms, BaselinesAndFewLabelsTrainToo) {
  TrainOptions vanilla = options("vanilla");
  vanilla.network.head = "vanilla";
  train(vanilla);
  EXPECT_EQ(metrics("vanilla").rows.size(), 3U);  // no stage 1
  TrainOptions rmtl = options("rmtl");
  rmtl.network.head = "rmtl";
  train(rmtl);
  TrainOptions half = options("half");
  half.data.location_share = 0.5;
  half.data.as_boxes = true;
  train(half);
  const CsvTable table = metrics("half");
  EXPECT_NE(table.rows.back()[static_cast<std::size_t>(table.require_column("train_pseudo_loss"))], "");
}

TEST_F(TrainerOnPhantoms, Bf16StaysNearFp32) {
  TrainOptions fp32 = options("fp32"), bf16 = options("bf16");
  bf16.compute.precision = "bf16";
  train(fp32);
  train(bf16);
  const auto loss = static_cast<std::size_t>(metrics("fp32").require_column("train_loss"));
  EXPECT_NEAR(std::stod(metrics("bf16").rows[0][loss]), std::stod(metrics("fp32").rows[0][loss]), 0.1);
}

TEST_F(TrainerOnPhantoms, UnusableDataIsRefusedBeforeTheFirstStep) {
  TrainOptions missing = options("x");
  missing.data.split = (folder_ / "none.csv").string();
  EXPECT_TRUE(has(refusal<DataError>([&] { train(missing); }), "data split"));
  TrainOptions fold = options("x");
  fold.data.fold = 2;
  EXPECT_TRUE(has(refusal<DataError>([&] { train(fold); }), "fold2"));
  TrainOptions unlabelled = options("x");
  unlabelled.data.location_share = 0;
  EXPECT_TRUE(has(refusal<DataError>([&] { train(unlabelled); }), "location label"));
  EXPECT_FALSE(fs::exists(folder_ / "x/best.safetensors"));
}

}  // namespace
}  // namespace lanet
