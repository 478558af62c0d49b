#include "train/checkpoint.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"
#include "train/options.hpp"
#include "train/resume_rules.hpp"

namespace lanet {
namespace {

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

}  // namespace
}  // namespace lanet
