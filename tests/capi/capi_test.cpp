#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "capi/lanet.h"
#include "core/child_process.hpp"
#include "core/file.hpp"
#include "finding/finding_json.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "infer/finder.hpp"
#include "runtime/openvino_engine.hpp"
#include "support/damage.hpp"
#include "support/dicom_bytes.hpp"
#include "support/normal_model.hpp"
#include "support/phantom.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const std::string kModel = std::string(LANET_SOURCE_DIR) + "/models/breast_lite0.safetensors";

std::string sample_image() {
  for (const auto& entry : fs::directory_iterator(std::string(LANET_SOURCE_DIR) + "/sample/Images"))
    return entry.path().string();
  return "";
}

/// The bundled model, opened once for all tests.
class CApi : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    cache_ = (*folder_ / "cache").string();
    lanet_options options = LANET_OPTIONS_DEFAULT;
    options.cache = cache_.c_str();
    model_ = lanet_model_open(kModel.c_str(), &options);
    ASSERT_NE(model_, nullptr) << lanet_last_error();
  }
  static void TearDownTestSuite() {
    lanet_model_close(model_);
    delete folder_;
  }
  static inline TemporaryFolder* folder_ = nullptr;
  static inline std::string cache_;
  static inline lanet_model* model_ = nullptr;
};

TEST_F(CApi, SaysWhatTheFinderSays) {
  const std::string file = sample_image();
  const Image image = read_image(file);
  const auto engine = make_openvino_engine(kModel, {"fp32", 0, cache_});
  const Finding expected = Finder(*engine, {}).find({"x", image, std::nullopt, std::nullopt}).finding;

  const std::string bytes = read_file(file);
  // A row stride with room after each row.
  std::vector<std::uint8_t> padded;
  for (std::int64_t row = 0; row < image.height; ++row) {
    const auto first = image.pixels.begin() + row * image.width * image.channels;
    padded.insert(padded.end(), first, first + image.width * image.channels);
    padded.insert(padded.end(), 5, 77);
  }
  lanet_finding* findings[] = {lanet_find_file(model_, file.c_str()),
                               lanet_find_bytes(model_, bytes.data(), bytes.size()),
                               lanet_find_pixels(model_, padded.data(), image.height, image.width,
                                                 static_cast<int>(image.channels), image.width * image.channels + 5)};
  for (lanet_finding* finding : findings) {
    ASSERT_NE(finding, nullptr) << lanet_last_error();
    EXPECT_STREQ(lanet_last_error(), "");
    EXPECT_EQ(lanet_finding_decision(finding), expected.decision);
    for (std::size_t index = 0; index < expected.classes.size(); ++index) {
      EXPECT_EQ(lanet_model_class_name(model_, index), expected.classes[index].name);
      EXPECT_DOUBLE_EQ(lanet_finding_probability(finding, index), expected.classes[index].probability);
    }
    EXPECT_TRUE(std::isnan(lanet_finding_probability(finding, 2)));
    ASSERT_EQ(lanet_finding_lesion_count(finding), expected.lesions.size());
    lanet_lesion lesion;
    ASSERT_EQ(lanet_finding_lesion(finding, 0, &lesion), 1);
    EXPECT_EQ(lesion.area_px, expected.lesions[0].area_px);
    EXPECT_EQ(lesion.x2, expected.lesions[0].box.x2);
    EXPECT_EQ(lanet_finding_lesion(finding, expected.lesions.size(), &lesion), 0);
    std::int64_t height = 0, width = 0;
    const std::uint8_t* mask = lanet_finding_mask(finding, &height, &width);
    ASSERT_EQ(height, image.height);
    ASSERT_EQ(width, image.width);
    EXPECT_EQ(std::memcmp(mask, expected.mask.pixels.data(), expected.mask.pixels.size()), 0);
    EXPECT_EQ(finding_from_json(lanet_finding_json(finding), "x").decision, expected.decision);
    EXPECT_EQ(lanet_finding_doubt_count(finding), expected.doubts.size());
    EXPECT_EQ(lanet_finding_doubt(finding, expected.doubts.size()), nullptr);
    lanet_finding_free(finding);
  }
}

TEST_F(CApi, RefusesInOneLine) {
  EXPECT_EQ(lanet_model_open("no_such_model", nullptr), nullptr);
  EXPECT_TRUE(has(lanet_last_error(), "no_such_model"));
  EXPECT_EQ(lanet_model_open(nullptr, nullptr), nullptr);
  lanet_options options = LANET_OPTIONS_DEFAULT;
  options.precision = "fp7";
  EXPECT_EQ(lanet_model_open(kModel.c_str(), &options), nullptr);
  EXPECT_TRUE(has(lanet_last_error(), "fp7"));
  options = LANET_OPTIONS_DEFAULT;
  options.size = 0;
  EXPECT_EQ(lanet_model_open(kModel.c_str(), &options), nullptr);
  EXPECT_EQ(lanet_find_file(model_, "/no/such.png"), nullptr);
  EXPECT_TRUE(has(lanet_last_error(), "/no/such.png"));
  EXPECT_EQ(lanet_find_bytes(model_, "text", 4), nullptr);
  EXPECT_EQ(lanet_find_file(nullptr, "x"), nullptr);
  const std::uint8_t pixel[3] = {1, 2, 3};
  EXPECT_EQ(lanet_find_pixels(model_, pixel, 1, 1, 2, 2), nullptr);
  EXPECT_EQ(lanet_find_pixels(model_, pixel, 0, 1, 1, 1), nullptr);
  EXPECT_EQ(lanet_find_pixels(model_, pixel, 1, 3, 1, 2), nullptr);
  EXPECT_EQ(lanet_find_pixels(model_, pixel, std::int64_t{1} << 40, 1, 1, 1), nullptr);
  EXPECT_EQ(lanet_finding_mask(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(lanet_model_class_count(nullptr), 0U);
  lanet_model_close(nullptr);
  lanet_finding_free(nullptr);
}

/// The sample as a DICOM object of two frames, the second one upside down.
std::string sample_cine(int frames) {
  const Image grey = to_grey(read_image(sample_image()));
  UltrasoundObject object{static_cast<std::uint16_t>(grey.height), static_cast<std::uint16_t>(grey.width), frames};
  object.pixels.assign(grey.pixels.begin(), grey.pixels.end());
  if (frames == 2) object.pixels.append(grey.pixels.rbegin(), grey.pixels.rend());
  object.with_region = false;
  return ultrasound_file(object);
}

std::string json_of(lanet_finding* finding) {
  const std::string json = finding ? lanet_finding_json(finding) : lanet_last_error();
  lanet_finding_free(finding);
  return json;
}

TEST_F(CApi, ReadsDicomAsThePictureThatItHolds) {
  const fs::path one = *folder_ / "one.dcm", two = *folder_ / "two.dcm";
  write_file_atomically(one, sample_cine(1));
  write_file_atomically(two, sample_cine(2));
  const Image grey = to_grey(read_image(sample_image()));
  const auto engine = make_openvino_engine(kModel, {"fp32", 0, cache_});
  Finder finder(*engine, {});
  const std::string expected = to_json(finder.find({"one.dcm", grey, std::nullopt, std::nullopt}).finding);
  EXPECT_EQ(json_of(lanet_find_file(model_, one.c_str())), expected);
  EXPECT_EQ(lanet_frame_count(one.c_str()), 1);
  EXPECT_EQ(lanet_frame_count(sample_image().c_str()), 1);
  const std::string bytes = read_file(one);
  EXPECT_NE(json_of(lanet_find_bytes(model_, bytes.data(), bytes.size())).find("lanet-finding"), std::string::npos);
  // Of several frames each is asked for.
  EXPECT_EQ(lanet_find_file(model_, two.c_str()), nullptr);
  EXPECT_TRUE(has(lanet_last_error(), "lanet_find_frame")) << lanet_last_error();
  ASSERT_EQ(lanet_frame_count(two.c_str()), 2);
  const std::string first = json_of(lanet_find_frame(model_, two.c_str(), 0));
  EXPECT_EQ(finding_from_json(first, "x").classes[1].probability,
            finding_from_json(expected, "x").classes[1].probability);
  EXPECT_NE(json_of(lanet_find_frame(model_, two.c_str(), 1)), first);
  EXPECT_EQ(lanet_find_frame(model_, two.c_str(), 2), nullptr);
  EXPECT_EQ(lanet_find_frame(model_, two.c_str(), -1), nullptr);
  EXPECT_EQ(lanet_frame_count("/no/such.dcm"), -1);
  EXPECT_TRUE(has(lanet_last_error(), "/no/such.dcm"));
  EXPECT_EQ(lanet_frame_count(nullptr), -1);
}

TEST_F(CApi, DamagedDicomIsReadOrRefusedInOneLine) {
  const std::string sound = read_file(std::string(LANET_SOURCE_DIR) + "/fuzz/seeds/deidentify/colour.dcm");
  EXPECT_NE(json_of(lanet_find_bytes(model_, sound.data(), sound.size())).find("lanet-finding"), std::string::npos);
  for (const std::string& bytes : damaged_copies(sound, 100)) {
    lanet_finding* finding = lanet_find_bytes(model_, bytes.data(), bytes.size());
    if (finding) {
      lanet_finding_free(finding);
      continue;
    }
    EXPECT_STRNE(lanet_last_error(), "");
    EXPECT_EQ(std::strchr(lanet_last_error(), '\n'), nullptr);
  }
}

TEST_F(CApi, AnOlderCallersOptionsAreUnderstood) {
  lanet_options options = LANET_OPTIONS_DEFAULT;
  options.size = offsetof(lanet_options, cache);  // knew only precision and threads
  options.cache = reinterpret_cast<const char*>(1);
  options.threshold = 77;
  lanet_model* model = lanet_model_open(kModel.c_str(), &options);
  ASSERT_NE(model, nullptr) << lanet_last_error();
  lanet_model_close(model);
}

/// The bundled model with a class "normal" beside its two, whose logit is `bias` for every image.
std::string model_with_normal(const fs::path& folder, float bias) {
  const fs::path file = folder / "three.safetensors";
  write_model_with_normal(kModel, file, bias);
  return file.string();
}

TEST_F(CApi, ANormalImageHasNoLesion) {
  lanet_options options = LANET_OPTIONS_DEFAULT;
  options.cache = cache_.c_str();
  const std::string file = model_with_normal(folder_->path(), 20);
  const auto look = [&] {
    lanet_model* model = lanet_model_open(file.c_str(), &options);
    EXPECT_NE(model, nullptr) << lanet_last_error();
    lanet_finding* finding = lanet_find_file(model, sample_image().c_str());
    lanet_model_close(model);
    return finding;
  };
  lanet_finding* normal = look();
  EXPECT_STREQ(lanet_finding_decision(normal), "normal");
  EXPECT_EQ(lanet_finding_lesion_count(normal), 0U);
  std::int64_t height = 0, width = 0;
  const std::uint8_t* mask = lanet_finding_mask(normal, &height, &width);
  ASSERT_NE(mask, nullptr) << "the location is known: nowhere";
  EXPECT_EQ(std::count(mask, mask + height * width, 1), 0);
  EXPECT_TRUE(has(lanet_finding_json(normal), "no lesion found"));
  lanet_finding_free(normal);
  options.lesion_threshold = 0;  // a lesion in every image
  lanet_finding* lesion = look();
  EXPECT_STRNE(lanet_finding_decision(lesion), "normal");
  EXPECT_GT(lanet_finding_lesion_count(lesion), 0U);
  lanet_finding_free(lesion);
  options.lesion_threshold = 2;
  EXPECT_EQ(lanet_model_open(file.c_str(), &options), nullptr);
  options.lesion_threshold = 0;
  options.size = offsetof(lanet_options, lesion_threshold);  // a caller that does not know it
  lanet_finding* older = look();
  EXPECT_STREQ(lanet_finding_decision(older), "normal");
  lanet_finding_free(older);
}

TEST_F(CApi, ThreadsShareAModel) {
  const std::string file = sample_image();
  std::vector<std::string> decisions(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& decision : decisions)
      threads.emplace_back([&] {
        lanet_finding* finding = lanet_find_file(model_, file.c_str());
        decision = lanet_finding_decision(finding);
        lanet_finding_free(finding);
      });
  }
  for (const std::string& decision : decisions) EXPECT_EQ(decision, decisions[0]);
}

TEST_F(CApi, TheExamplesRun) {
  const std::string file = sample_image();
  lanet_finding* finding = lanet_find_file(model_, file.c_str());
  const std::string decision = lanet_finding_decision(finding);
  lanet_finding_free(finding);
  const ChildResult c = run_child({LANET_EXAMPLE_C, kModel, file});
  EXPECT_EQ(c.exit_code, 0) << c.output;
  EXPECT_TRUE(has(c.output, ": " + decision)) << c.output;
  const std::string python = std::string(LANET_SOURCE_DIR) + "/examples/python/find.py";
  const ChildResult by_name = run_child({"python3", python, LANET_LIBRARY, "breast_lite0", file});
  EXPECT_EQ(by_name.exit_code, 0) << by_name.output;
  EXPECT_TRUE(has(by_name.output, decision)) << by_name.output;
  const ChildResult refused = run_child({"python3", python, LANET_LIBRARY, "breast_lite0", "/no/such.png"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(has(refused.output, "/no/such.png")) << refused.output;
}

}  // namespace
}  // namespace lanet
