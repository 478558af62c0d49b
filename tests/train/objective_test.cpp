#include <cmath>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"
#include "train/metrics_log.hpp"
#include "train/run_folder.hpp"
#include "train/staged_objective.hpp"

namespace lanet {
namespace {

TrainOptions small_options() {
  TrainOptions options;
  options.network.backbone = "efficientnet_lite0";
  options.weights = "none";
  options.input_size = 32;
  return options;
}

/// Two images of 32 px, the first with a lesion and a location label.
Batch small_batch() {
  torch::manual_seed(2);
  Batch batch;
  batch.members = {0, 1};
  batch.images = torch::rand({2, 1, 32, 32});
  batch.masks = torch::zeros({2, 1, 32, 32});
  batch.masks[0].slice(1, 8, 24).fill_(1);
  batch.has_label = torch::tensor({true, false});
  batch.class_index = torch::tensor({std::int64_t{1}, std::int64_t{-1}});
  return batch;
}

TEST(Learners, NameTheirStateAndTakeItBack) {
  torch::nn::Linear first(2, 1), second(3, 1);
  const auto learners_of = [](torch::nn::Linear& one, torch::nn::Linear& other) {
    return std::vector<Learner>{{"network", *one, Adam({{{{"weight", one->weight}}, 1}}, AdamOptions{})},
                                {"critic", *other, Adam({{{{"weight", other->weight}}, 1}}, AdamOptions{})}};
  };
  const NamedTensors state = state_of(learners_of(first, second));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"network.weight", "network.bias", "critic.weight", "critic.bias",
                                             "adam.weight.exp_avg", "adam.weight.exp_avg_sq", "adam.weight.step",
                                             "adam_critic.weight.exp_avg", "adam_critic.weight.exp_avg_sq",
                                             "adam_critic.weight.step"}));
  torch::nn::Linear third(2, 1), fourth(3, 1);
  std::vector<Learner> others = learners_of(third, fourth);
  load_state_of(others, state, "here");
  EXPECT_TRUE(torch::equal(third->weight, first->weight));
  EXPECT_TRUE(torch::equal(fourth->bias, second->bias));
  const NamedTensors fewer(state.begin(), state.end() - 1);
  EXPECT_TRUE(has(refusal<DataError>([&] { load_state_of(others, fewer, "here"); }), "weight.step"));
}

TEST(StagedObjective, EachStageHasItsImagesTermsAndParameters) {
  const TemporaryFolder folder;
  const TrainOptions options = small_options();
  const std::vector<Stage> stages = stages_of(options);
  ASSERT_EQ(stages.size(), 2U);
  std::vector<CachedSample> samples(3);
  samples[1].location = Location::kMask;
  samples[2].location = Location::kEmpty;
  const Batch batch = small_batch();
  auto first = make_objective(options, stages[0], 2, {}, folder.path());
  EXPECT_EQ(first->members(samples), (std::vector<std::int64_t>{1, 2}));
  const torch::Tensor classifier = first->network()->named_parameters()["classifier.weight"].clone();
  const LossNumbers located = first->step(batch, 1e-3);
  EXPECT_TRUE(std::isnan(located.parts[0].value) && std::isnan(located.parts[2].value));
  EXPECT_EQ(located.parts[1].value, located.total);
  EXPECT_EQ(located.parts[1].images, 1);
  EXPECT_TRUE(torch::equal(first->network()->named_parameters()["classifier.weight"], classifier));
  save_state(folder / kStage1BestName, *first->network(), {});

  auto second = make_objective(options, stages[1], 2, {}, folder.path());
  EXPECT_EQ(second->members(samples), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_TRUE(torch::equal(second->network()->named_parameters()["la_net.norm.bias"],
                           first->network()->named_parameters()["la_net.norm.bias"]));
  const LossNumbers hybrid = second->step(batch, 1e-3);
  // Eq. 6: lambda CE + (1 - lambda) (L + alpha BCE)
  EXPECT_NEAR(hybrid.total, 0.5 * hybrid.parts[0].value + 0.5 * (hybrid.parts[1].value + 0.1 * hybrid.parts[2].value),
              1e-6);
  EXPECT_EQ(hybrid.parts[0].images, 1);
  EXPECT_EQ(hybrid.parts[2].images, 1);
  EXPECT_FALSE(torch::equal(second->network()->named_parameters()["classifier.weight"], classifier));
}

TEST(StagedObjective, ABrokenLossChangesNothing) {
  const TemporaryFolder folder;
  TrainOptions options = small_options();
  options.stage1.course.epochs = 0;
  auto objective = make_objective(options, stages_of(options).front(), 2, {}, folder.path());
  Batch batch = small_batch();
  batch.images[0][0][0][0] = std::nan("");
  const torch::Tensor before = objective->network()->named_parameters()["classifier.weight"].clone();
  EXPECT_FALSE(std::isfinite(objective->step(batch, 1e-3).total));
  EXPECT_TRUE(torch::equal(objective->network()->named_parameters()["classifier.weight"], before));
}

TEST(Stages, AreThoseWithEpochs) {
  TrainOptions options;
  EXPECT_EQ(stages_of(options).size(), 2U);
  EXPECT_EQ(place_of_stage(stages_of(options), 2, "x"), 1U);
  options.stage1.course.epochs = 0;
  EXPECT_EQ(stages_of(options).size(), 1U);
  EXPECT_THROW(place_of_stage(stages_of(options), 1, "x"), DataError);
}

// Columns follow the terms; a term that means nothing in validation has no val_ column.
TEST(MetricsLog, ColumnsFollowTheTerms) {
  const TemporaryFolder folder;
  const std::vector<TermName> terms{{"class", true}, {"critic", false}};
  MetricsLog log(folder.path(), terms);
  EpochRow row;
  row.epoch = 1;
  row.train = {0.5, {0.25, kNan}};
  row.val.means = {0.75, {0.125, 1}};
  row.val.accuracy = 1;
  row.val.auc = kNan;
  row.val.jsi = kNan;
  row.learning_rate = 0.001;
  log.append(row);
  EXPECT_EQ(log.csv(),
            "stage,epoch,train_loss,train_class_loss,train_critic_loss,val_loss,val_class_loss,val_accuracy,val_auc,"
            "val_jsi,learning_rate,seconds,images_per_second\n1,1,0.5,0.25,,0.75,0.125,1,,,0.001,0,0\n");
  EXPECT_EQ(log.value(1, 1, "val_class_loss"), 0.125);
  EXPECT_TRUE(std::isnan(log.value(1, 1, "val_auc")));
  EXPECT_TRUE(std::isnan(log.value(2, 1, "val_loss")));
  MetricsLog later(folder.path(), terms);
  later.restore(log.csv(), "checkpoint");
  EXPECT_EQ(later.csv(), log.csv());
}

}  // namespace
}  // namespace lanet
