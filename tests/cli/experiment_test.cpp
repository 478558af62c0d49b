// A grid of trainings as users meet it: killed in the middle, run again, by two processes at once.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/child_process.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const char* const kSuite = R"toml(
preset = 'demo'
backbones = ['efficientnet_lite0']
heads = ['vanilla', 'la_net']
sizes = [32]
seeds = [1, 2]
set = ['stage1.epochs=1', 'stage2.epochs=2', 'weights=none', 'compute.precision=fp32', 'compute.kernels=own']
metrics = ['accuracy', 'jsi']
)toml";

class SlowExperiment : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(LANET_PROGRAM).parent_path() / "lanet-train")) GTEST_SKIP() << "built without LibTorch";
    write_phantoms(folder_ / "data", 24, 6, 6);
    write_file_atomically(folder_ / "tiny.toml", kSuite);
  }
  std::vector<std::string> command(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{LANET_PROGRAM,
                                   "experiment",
                                   (folder_ / "tiny.toml").string(),
                                   "--data",
                                   (folder_ / "data").string(),
                                   "--out",
                                   (folder_ / out).string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::vector<std::string> cells(const std::string& out) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / out / "cells")) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string predictions(const std::string& out, const std::string& cell) const {
    return read_file(folder_ / out / "cells" / cell / "run" / "predictions_test.csv");
  }

  TemporaryFolder folder_;
};

TEST_F(SlowExperiment, KilledAndGoneOnItGivesTheSameFigures) {
  const ChildResult whole = run_child(command("whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.output;
  ASSERT_EQ(cells("whole").size(), 4u);
  EXPECT_TRUE(fs::exists(folder_ / "whole/tiny/report.html"));
  // Killed again and again, at times that fall into every phase of a cell.
  for (int kill_number = 1; kill_number <= 5; ++kill_number) {
    const pid_t child = fork();
    if (child == 0) {
      if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
      replace_process(command("killed"));
    }
    usleep(static_cast<useconds_t>(900'000 * kill_number));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  const ChildResult finished = run_child(command("killed", {"--jobs", "2"}));
  ASSERT_EQ(finished.exit_code, 0) << finished.output;
  ASSERT_EQ(cells("killed"), cells("whole"));
  const ChildResult again = run_child(command("killed"));
  EXPECT_TRUE(has(again.output, "4 of 4 cells done")) << again.output;
  // --jobs 2 trains with other threads than one job, so sums differ in the last digits: every figure is there, in form.
  for (const std::string& cell : cells("whole"))
    EXPECT_EQ(split_text(predictions("killed", cell), '\n').size(), split_text(predictions("whole", cell), '\n').size())
        << cell;
}

TEST_F(SlowExperiment, TwoProcessesShareTheWork) {
  std::vector<ChildResult> results(2);
  std::vector<std::thread> threads;
  for (ChildResult& result : results) threads.emplace_back([&] { result = run_child(command("shared")); });
  for (std::thread& thread : threads) thread.join();
  for (const ChildResult& result : results) EXPECT_EQ(result.exit_code, 0) << result.output;
  ASSERT_EQ(cells("shared").size(), 4u);
  for (const std::string& cell : cells("shared")) {
    const std::string log = read_file(folder_ / "shared" / "cells" / cell / "log.txt");
    const std::size_t first = log.find("stage 2: best epoch");
    EXPECT_EQ(log.find("stage 2: best epoch", first + 1), std::string::npos) << "trained twice: " << cell;
  }
  const ChildResult status = run_child({LANET_PROGRAM, "experiment", "status", (folder_ / "tiny.toml").string(),
                                        "--data", (folder_ / "data").string(), "--out", (folder_ / "shared").string()});
  EXPECT_TRUE(has(status.output, "4 done")) << status.output;
}

TEST_F(SlowExperiment, AReadOnlyResultsFolderIsOneLine) {
  const ChildResult result = run_child(command("/proc/no"));
  EXPECT_NE(result.exit_code, 0);
  const ChildResult unknown = run_child(command("out", {"--set", "stage2.epoch=1"}));
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.output, "stage2.epochs")) << unknown.output;
}

TEST_F(SlowExperiment, DryRunAndSlurm) {
  const ChildResult dry = run_child(command("out", {"--dry-run"}));
  EXPECT_TRUE(has(dry.output, "4 to do; expected time left")) << dry.output;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  EXPECT_TRUE(has(run_child(command("out", {"--slurm", "3"})).output, "#SBATCH --array=1-3"));
}

}  // namespace
}  // namespace lanet
