#include "train/training_data.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/phantom_dataset.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

class Notes final : public Progress {
 public:
  void begin(const std::string&, std::int64_t) override {}
  void update(std::int64_t, const std::string&) override {}
  void end(const std::string&) override {}
  void note(const std::string& text) override { all += text + "\n"; }

  std::string all;
};

TEST(TrainingData, ImagesInNoSubsetAreCounted) {
  const TemporaryFolder folder;
  write_phantoms(folder.path(), 8, 2);
  TrainOptions options;
  options.data.manifest = folder.path().string();
  options.input_size = 32;
  Notes whole;
  load_training_data(options, 1, whole);
  EXPECT_FALSE(has(whole.all, "in no subset"));

  Split split = read_split(folder.path() / "split.csv");
  split.subset_of.erase("phantom_0");
  write_split(folder.path() / "split.csv", split);
  Notes fewer;
  EXPECT_EQ(load_training_data(options, 1, fewer).train.size(), 5U);
  EXPECT_TRUE(has(fewer.all, "1 image is in no subset and not used")) << fewer.all;
}

}  // namespace
}  // namespace lanet
