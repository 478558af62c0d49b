#include "train/trainer.hpp"

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
#include "support/all_augmentations.hpp"
#include "support/damage.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"
#include "train/adam.hpp"
#include "train/batch.hpp"
#include "train/checkpoint.hpp"
#include "train/resume_rules.hpp"
#include "train/validation.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

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
