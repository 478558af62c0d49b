// What a real machine does to a training: it is killed, the disk is full, memory ends, files rot.
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/run_lock.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "modelfile/safetensors.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr int kKilled = 128 + SIGKILL;

/// Everything but the clock.
std::vector<std::vector<std::string>> numbers(const fs::path& metrics) {
  const CsvTable table = read_csv(metrics);
  auto rows = table.rows;
  for (auto& row : rows)
    for (const char* column : {"seconds", "images_per_second"})
      row[static_cast<std::size_t>(table.require_column(column))] = "";
  return rows;
}

class SlowFaults : public testing::Test {
 protected:
  void SetUp() override {
    program_ = fs::path(LANET_PROGRAM).parent_path() / "lanet-train";
    if (!fs::exists(program_)) GTEST_SKIP() << "built without LibTorch";
    write_phantoms(folder_ / "data", 16, 4, 4);
  }

  /// Two epochs of each stage on eight phantoms, constant learning rate.
  ChildResult train(const std::string& name, const std::vector<std::string>& more = {},
                    const std::string& faults = "") const {
    std::vector<std::string> command{
        "env",      "LD_PRELOAD=" + std::string(LANET_FAULT_SHIM), "LANET_FAULTS=" + faults, program_.string(), "train",
        "lite0_256"};
    for (const std::string& setting :
         {"name='" + name + "'", "runs_folder='" + folder_.path().string() + "'",
          "data.manifest='" + (folder_ / "data").string() + "'", std::string("input_size=64"),
          std::string("stage1.epochs=2"), std::string("stage2.epochs=2"), std::string("stage2.schedule=constant"),
          std::string("compute.threads=1"), std::string("compute.kernels=own")}) {
      command.emplace_back("--set");
      command.push_back(setting);
    }
    command.insert(command.end(), more.begin(), more.end());
    return run_child(command);
  }
  ChildResult resume(const std::string& name) const { return train(name, {"--resume"}); }

  fs::path file(const std::string& run, const std::string& name) const { return folder_ / (run + "/" + name); }

  void expect_same_run(const std::string& run, const std::string& reference, const std::string& what) const {
    for (const char* name : {"best.safetensors", "stage1_best.safetensors"})
      EXPECT_EQ(sha256_file(file(run, name)), digest_of(reference, name)) << what << " " << name;
    EXPECT_EQ(numbers(file(run, "metrics.csv")), numbers(file(reference, "metrics.csv"))) << what;
    for (const auto& entry : fs::directory_iterator(folder_ / run))
      EXPECT_FALSE(has(entry.path().filename().string(), ".tmp")) << what << " left " << entry.path();
  }

  /// The model names its run; all else must be equal.
  std::string digest_of(const std::string& reference, const char* name) const {
    return sha256_file(file(reference, name));
  }

  /// A run of the same name in a folder of its own, so that models are equal to the byte.
  void move_away(const std::string& run, const std::string& to) const { fs::rename(folder_ / run, folder_ / to); }

  TemporaryFolder folder_;
  fs::path program_;
};

TEST_F(SlowFaults, KilledAnywhereAndResumedARunEndsTheSame) {
  ASSERT_EQ(train("run").exit_code, 0);
  move_away("run", "whole");
  for (const std::string faults :
       {"rename best.safetensors 1 KILL", "rename stage1_best 1 KILL", "rename last.checkpoint 1 KILL",
        "rename last.checkpoint 3 KILL", "rename previous.checkpoint 1 KILL", "rename previous.checkpoint 3 KILL",
        "write .last 2 CUT", "write .last 4 CUT", "write .best 1 CUT", "write .metrics 3 KILL", "fsync .last 2 KILL",
        "rename metrics.csv 2 KILL", "rename record.json 2 KILL"}) {
    const ChildResult killed = train("run", {}, faults);
    EXPECT_EQ(killed.exit_code, kKilled) << faults << "\n" << killed.output;
    const ChildResult resumed = resume("run");
    ASSERT_EQ(resumed.exit_code, 0) << faults << "\n" << resumed.output;
    expect_same_run("run", "whole", faults);
    fs::remove_all(folder_ / "run");
  }
}

TEST_F(SlowFaults, AFaultIsOneLineAndLeavesTheLastCheckpoint) {
  ASSERT_EQ(train("run").exit_code, 0);
  move_away("run", "whole");
  struct Case {
    const char* faults;
    const char* message;
  };
  for (const Case& fault :
       {Case{"write .last 2 ENOSPC", "No space left"}, Case{"fsync .last 3 EIO", "Input/output"},
        Case{"open .last 2 EROFS", "Read-only"}, Case{"rename last.checkpoint 2 EACCES", "denied"},
        Case{"write .best 1 ENOSPC", "No space left"}, Case{"memory 1000000 40 ENOMEM", "memory"}}) {
    const ChildResult failed = train("run", {}, fault.faults);
    EXPECT_EQ(failed.exit_code, 1) << fault.faults << "\n" << failed.output;
    const std::size_t line = failed.output.find("lanet: ");
    ASSERT_NE(line, std::string::npos) << failed.output;
    EXPECT_EQ(failed.output.find('\n', line), failed.output.size() - 1) << failed.output;
    EXPECT_TRUE(has(failed.output.substr(line), fault.message)) << failed.output;
    ASSERT_EQ(resume("run").exit_code, 0) << fault.faults;
    expect_same_run("run", "whole", fault.faults);
    fs::remove_all(folder_ / "run");
  }
  EXPECT_EQ(train("run", {}, "clock clock 1 JUMP").exit_code, 0);
  expect_same_run("run", "whole", "jumping clock");
}

TEST_F(SlowFaults, ADamagedNewestCheckpointIsNamedAndTheOneBeforeUsed) {
  ASSERT_EQ(train("run").exit_code, 0);
  fs::copy(folder_ / "run", folder_ / "whole");
  const fs::path last = file("run", "last.checkpoint");
  const std::string bytes = read_file(last);
  for (const std::size_t position : {std::size_t{9}, bytes.size() / 3, bytes.size() - 1}) {
    std::string damaged = bytes;
    damaged[position] = static_cast<char>(damaged[position] ^ 1);
    write_file_atomically(last, damaged);
    const ChildResult resumed = resume("run");
    EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
    EXPECT_TRUE(has(resumed.output, "last.checkpoint")) << resumed.output;
    EXPECT_TRUE(fs::exists(file("run", "damaged.checkpoint")));
    expect_same_run("run", "whole", "byte " + std::to_string(position));
  }
  fs::remove(last);
  EXPECT_EQ(resume("run").exit_code, 0);
  expect_same_run("run", "whole", "without last.checkpoint");
  for (const char* name : {"last.checkpoint", "previous.checkpoint"})
    write_file_atomically(file("run", name), bytes.substr(0, bytes.size() / 2));
  const ChildResult refused = resume("run");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(has(refused.output, "backup")) << refused.output;
}

TEST_F(SlowFaults, VanishedDataAndASecondProcessAreRefused) {
  ASSERT_EQ(train("run").exit_code, 0);
  const std::string before = sha256_file(file("run", "last.checkpoint"));
  {
    const RunLock lock(folder_ / "run");
    const ChildResult second = resume("run");
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_TRUE(has(second.output, "a run in progress")) << second.output;
  }
  fs::remove(folder_ / "data/phantom_2.png");
  ChildResult gone = resume("run");
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_TRUE(has(gone.output, "phantom_2.png")) << gone.output;
  fs::remove_all(folder_ / "data");
  gone = resume("run");
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_TRUE(has(gone.output, "no such file")) << gone.output;
  EXPECT_EQ(sha256_file(file("run", "last.checkpoint")), before);
}

TEST_F(SlowFaults, ALossThatIsNotFiniteLeavesItsBatch) {
  // Weights that are finite and overflow in the first batch normalization.
  const SafetensorsFile sound =
      SafetensorsFile::open(fs::path(LANET_SOURCE_DIR) / "models/efficientnet_lite0_imagenet.safetensors");
  const std::vector<float> huge(1 << 20, 1e30F);
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& info : sound.tensors())
    tensors.push_back(
        {info.name, info.dtype, info.shape,
         info.shape.size() == 4 ? std::as_bytes(std::span(huge)).first(sound.bytes(info).size()) : sound.bytes(info)});
  write_safetensors(folder_ / "huge.safetensors", tensors, sound.metadata());
  const ChildResult result = train("run", {"--set", "weights='" + (folder_ / "huge.safetensors").string() + "'"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(has(result.output, "not finite")) << result.output;
  EXPECT_TRUE(has(result.output, "epoch 1, step")) << result.output;
  EXPECT_TRUE(has(result.output, "phantom_")) << result.output;
  EXPECT_TRUE(fs::exists(file("run", "bad_batch/batch.safetensors")));
  EXPECT_FALSE(fs::exists(file("run", "last.checkpoint")));
}

TEST_F(SlowFaults, MoreEpochsGoOnWhereTheLearningRateIsConstant) {
  ASSERT_EQ(train("run", {"--set", "stage2.epochs=4"}).exit_code, 0);
  move_away("run", "whole");
  ASSERT_EQ(train("run").exit_code, 0);
  const ChildResult longer = train("run", {"--resume", "--set", "stage2.epochs=4"});
  ASSERT_EQ(longer.exit_code, 0) << longer.output;
  EXPECT_TRUE(has(longer.output, "stage2.epochs = 4 (was 2)")) << longer.output;
  expect_same_run("run", "whole", "longer");
  EXPECT_TRUE(has(read_file(file("run", "record.json")), "stage2.epochs = 4 (was 2)"));
  const ChildResult other = train("run", {"--resume", "--set", "stage2.epochs=4", "--set", "adam.beta1=0.8"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(has(other.output, "adam.beta1 = 0.8 (was 0.9)")) << other.output;
  EXPECT_FALSE(has(other.output, "epochs")) << other.output;
  // A run may be moved, and is found by its folder.
  fs::create_directory(folder_ / "elsewhere");
  fs::rename(folder_ / "run", folder_ / "elsewhere/moved");
  const ChildResult moved = run_child({program_.string(), "train", (folder_ / "elsewhere/moved").string(), "--resume"});
  EXPECT_EQ(moved.exit_code, 0) << moved.output;
}

}  // namespace
}  // namespace lanet
