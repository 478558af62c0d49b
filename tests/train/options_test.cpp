#include "train/options.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace lanet
