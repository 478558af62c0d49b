// An image's finding is the same to the last bit alone and in any company, at any number of threads.
#include "runtime/openvino_engine.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const fs::path kModel = fs::path(LANET_SOURCE_DIR) / "models/breast_lite0.safetensors";

std::vector<Image> network_inputs(std::size_t count, std::int64_t side) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(LANET_SOURCE_DIR) / "sample/Images"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Image> images;
  for (std::size_t index = 0; index < count; ++index)
    images.push_back(resize_to_square(to_grey(read_image(files[index])), side));
  return images;
}

void expect_equal_bits(const RawPrediction& one, const RawPrediction& other) {
  EXPECT_EQ(one.class_probabilities, other.class_probabilities);
  EXPECT_EQ(one.grid.values, other.grid.values);
}

class OpenVinoBits : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Engine> engine(std::int64_t threads) const {
    return make_openvino_engine(kModel, {GetParam(), threads, folder_ / "cache"});
  }
  TemporaryFolder folder_;
};

TEST_P(OpenVinoBits, AloneInCompanyAndWithAnyThreads) {
  const auto first = engine(1);
  const std::vector<Image> images = network_inputs(11, first->info().card.input_size);
  std::vector<RawPrediction> alone;
  for (const Image& image : images) alone.push_back(first->run({&image, 1}).front());
  EXPECT_NE(alone[0].class_probabilities, alone[1].class_probabilities);
  for (const std::int64_t threads : {1, 2, 3, 0}) {
    const auto other = engine(threads);
    for (const std::size_t count : {11U, 8U, 3U}) {
      const auto together = other->run(std::span(images).first(count));
      ASSERT_EQ(together.size(), count);
      for (std::size_t index = 0; index < count; ++index) expect_equal_bits(together[index], alone[index]);
    }
    // From the cache this time.
    expect_equal_bits(engine(threads)->run({&images[4], 1}).front(), alone[4]);
  }
  EXPECT_TRUE(first->run({}).empty());
}

INSTANTIATE_TEST_SUITE_P(Precisions, OpenVinoBits, testing::Values("fp32", "bf16", "int8"));

TEST(OpenVinoEngine, ADamagedCacheIsDoneWithout) {
  const TemporaryFolder folder;
  const OpenVinoOptions options{"fp32", 1, folder / "cache"};
  const auto first = make_openvino_engine(kModel, options);
  const std::vector<Image> images = network_inputs(1, first->info().card.input_size);
  const RawPrediction expected = first->run(images).front();
  for (const auto& entry : fs::directory_iterator(folder / "cache"))
    write_file_atomically(entry.path(), read_file(entry.path()).substr(0, 1000));
  expect_equal_bits(make_openvino_engine(kModel, options)->run(images).front(), expected);
}

TEST(OpenVinoEngine, ClassActivationHasOneMapAClass) {
  const TemporaryFolder folder;
  const auto engine = make_openvino_engine(kModel, {"fp32", 2, folder / "cache"});
  const std::vector<Image> images = network_inputs(1, engine->info().card.input_size);
  EXPECT_EQ(engine->class_activation(images.front()).size(), engine->info().card.classes.size());
}

}  // namespace
}  // namespace lanet
