// export, quantize, calibrate, models and predict on the bundled model, as a user types them.
#include <cstdlib>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/programs.hpp"
#include "core/csv.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/manifest.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/quantization.hpp"
#include "modelfile/safetensors.hpp"
#include "support/normal_model.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const fs::path kSample = fs::path(LANET_SOURCE_DIR) / "sample";
const fs::path kModel = fs::path(LANET_SOURCE_DIR) / "models/breast_lite0.safetensors";

class ModelCommands : public testing::Test {
 protected:
  void SetUp() override {
    if (lanet({"export", "--help"}).exit_code != 0) GTEST_SKIP() << "built without OpenVINO";
  }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  void expect_done(const std::vector<std::string>& arguments) {
    const ChildResult result = lanet(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.output;
    output_ = result.output;
  }
  ModelCard card_of(const char* name) const {
    const SafetensorsFile file = SafetensorsFile::open(folder_ / name);
    return card_from_metadata(file.metadata(), file.place());
  }

  /// A list of some of the sample's ids, both classes among them.
  std::string some_ids(std::size_t count) {
    const CsvTable table = read_csv(kSample / "bus_data.csv");
    const auto id = static_cast<std::size_t>(table.require_column("ID"));
    std::string list;
    for (std::size_t index = 0; index < count; ++index)
      list += table.rows[index * table.rows.size() / count][id] + "\n";
    write_file_atomically(folder_ / "ids.txt", list);
    return path("ids.txt");
  }

  TemporaryFolder folder_;
  std::string output_;
};

TEST_F(ModelCommands, PredictsByName) {
  fs::create_directories(folder_ / "in");
  int count = 0;
  for (const auto& entry : fs::directory_iterator(kSample / "Images"))
    if (count++ < 3) fs::copy_file(entry.path(), folder_ / "in" / entry.path().filename());
  for (const char* precision : {"fp32", "int8"}) {
    expect_done({"predict", "breast_lite0", path("in"), "--precision", precision, "--out", path(precision)});
    EXPECT_EQ(read_csv(folder_ / precision / "findings.csv").rows.size(), 3U);
  }
  const ChildResult wrong = lanet({"predict", "breast_lite", path("in"), "--out", path("out")});
  EXPECT_EQ(wrong.exit_code, 2) << wrong.output;
  EXPECT_TRUE(has(wrong.output, "did you mean breast_lite0?")) << wrong.output;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(ModelCommands, ListsItsCard) {
  expect_done({"models"});
  EXPECT_TRUE(has(output_, "breast_lite0")) << output_;
  EXPECT_TRUE(has(output_, "research use only")) << output_;
  EXPECT_FALSE(has(output_, "imagenet\n")) << output_;  // a feature extractor alone predicts nothing
}

TEST_F(ModelCommands, QuantizesWithinItsBound) {
  expect_done({"data", "import", kSample.string(), "--out", path("data")});
  const std::vector<std::string> command{"quantize",      "breast_lite0", "--data",   path("data"),
                                         "--subset",      "all",          "--images", "8",
                                         "--ranges-from", "all",          "--out",    path("eight.safetensors")};
  auto strict = command;
  strict.insert(strict.end(), {"--max-loss", "0"});
  const ChildResult refused = lanet(strict);
  if (refused.exit_code != 0) {  // a loss of exactly nothing is possible, and fine
    EXPECT_TRUE(has(refused.output, "a loss of")) << refused.output;
    EXPECT_FALSE(fs::exists(folder_ / "eight.safetensors"));
  }
  auto lenient = command;
  lenient.insert(lenient.end(), {"--max-loss", "0.1"});
  expect_done(lenient);
  const Quantization quantization = quantization_from_json(card_of("eight.safetensors").quantization, "x");
  EXPECT_EQ(quantization.images, 8);
  EXPECT_GT(quantization.ranges.size(), 40U);
  EXPECT_LT(quantization.jsi_loss, 0.1);
  expect_done({"export", path("eight.safetensors"), "--format", "onnx-int8", "--out", path("eight.onnx")});
  expect_done({"export", path("eight.safetensors"), "--format", "onnx", "--out", path("whole.onnx")});
  EXPECT_LT(fs::file_size(folder_ / "eight.onnx"), 0.5 * static_cast<double>(fs::file_size(folder_ / "whole.onnx")));
}

TEST_F(ModelCommands, CalibratesOnTheSubsetThatIsNamed) {
  expect_done({"data", "import", kSample.string(), "--out", path("data")});
  expect_done({"calibrate", "breast_lite0", "--data", path("data"), "--subset", "all", "--out",
               path("warm.safetensors"), "--notes", "of a test"});
  const ModelCard card = card_of("warm.safetensors");
  EXPECT_EQ(card.notes, "of a test");
  EXPECT_GT(card.temperature, 0.3);
  EXPECT_LT(card.temperature, 3);
  const ChildResult bundled = lanet({"calibrate", "breast_lite0", "--data", path("data"), "--subset", "all"});
  EXPECT_EQ(bundled.exit_code, 2);
  EXPECT_TRUE(has(bundled.output, "stays as it is")) << bundled.output;
  EXPECT_EQ(lanet({"quantize", "breast_lite0", "--data", path("data"), "--subset", "all"}).exit_code, 2);
  const ChildResult none =
      lanet({"calibrate", "breast_lite0", "--data", path("data"), "--out", path("no.safetensors")});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(has(none.output, "split.csv")) << none.output;
}

TEST_F(ModelCommands, CalibratesNothingFromAFewImages) {
  expect_done({"data", "import", kSample.string(), "--out", path("data"), "--only", some_ids(9)});
  const ChildResult few = lanet(
      {"calibrate", "breast_lite0", "--data", path("data"), "--subset", "all", "--out", path("warm.safetensors")});
  EXPECT_EQ(few.exit_code, 1);
  EXPECT_TRUE(has(few.output, "9 images") && has(few.output, "at least 30")) << few.output;
  EXPECT_FALSE(fs::exists(folder_ / "warm.safetensors"));
}

TEST_F(ModelCommands, EvaluatesAtAnOperatingPointAndComparesModels) {
  expect_done({"data", "import", kSample.string(), "--out", path("data"), "--only", some_ids(24)});
  const std::vector<std::string> on{"--data", path("data"), "--subset", "all", "--bootstrap", "100"};
  std::vector<std::string> evaluate{"evaluate", "breast_lite0", "--at", "sensitivity=95%", "--out", path("results")};
  evaluate.insert(evaluate.end(), on.begin(), on.end());
  expect_done(evaluate);
  EXPECT_TRUE(has(output_, "at sensitivity 0.95: threshold")) << output_;
  EXPECT_TRUE(has(output_, "chosen on these very images")) << output_;
  EXPECT_TRUE(has(output_, "intersection over union")) << "the legend: " << output_;
  expect_done(evaluate);  // its own results are replaced
  write_file_atomically(folder_ / "results/predictions_all.csv", "mine");
  EXPECT_EQ(lanet(evaluate).exit_code, 1);
  EXPECT_EQ(read_file(folder_ / "results/predictions_all.csv"), "mine");
  evaluate.insert(evaluate.end(), {"--by", "devise"});
  EXPECT_EQ(lanet(evaluate).exit_code, 2);
  std::vector<std::string> compare{"compare", "breast_lite0", "breast_lite0", "--json"};
  compare.insert(compare.end(), on.begin(), on.end());
  expect_done(compare);
  EXPECT_TRUE(has(output_, "\"lanet-comparison\"")) << output_;
  EXPECT_TRUE(has(output_, "\"only_first_right\": 0")) << output_;
}

TEST_F(ModelCommands, ATwoClassModelMeetsAThirdClass) {
  expect_done({"data", "import", kSample.string(), "--out", path("data"), "--only", some_ids(6)});
  Manifest manifest = read_manifest(folder_ / "data");
  manifest.samples[0].class_name = "Normal";
  write_manifest(folder_ / "data/lanet-dataset.csv", manifest, true);
  std::vector<std::string> evaluate{"evaluate", "breast_lite0", "--data", path("data"), "--subset",
                                    "all",      "--bootstrap",  "0",      "--out",      path("results")};
  const ChildResult refused = lanet(evaluate);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(has(refused.output, "--classes 'Normal='")) << refused.output;
  evaluate.insert(evaluate.end(), {"--classes", "Normal="});
  expect_done(evaluate);
  EXPECT_TRUE(has(output_, "left out: Normal (1 image)")) << output_;
  EXPECT_EQ(read_csv(folder_ / "results/predictions_all.csv").rows.size(), 5U);
}

TEST_F(ModelCommands, AModelWithANormalClassSaysWhereThereIsNoLesion) {
  write_model_with_normal(kModel, folder_ / "all.safetensors", 20);
  write_model_with_normal(kModel, folder_ / "none.safetensors", -20);
  const std::string image = (kSample / "Images/bus_0009-l.png").string();
  expect_done({"predict", path("all.safetensors"), image, "--out", path("all")});
  EXPECT_TRUE(has(output_, "1 normal;")) << output_;
  EXPECT_TRUE(has(read_file(folder_ / "all/bus_0009-l.json"), "\"result\": \"no lesion found\""));
  EXPECT_TRUE(has(read_file(folder_ / "all/findings.html"), "no lesion found"));
  // Where no image is normal it is the model of two classes.
  expect_done({"predict", path("none.safetensors"), image, "--out", path("none")});
  expect_done({"predict", "breast_lite0", image, "--out", path("two")});
  EXPECT_EQ(read_file(folder_ / "none/bus_0009-l_mask.png"), read_file(folder_ / "two/bus_0009-l_mask.png"));
  // 0: a lesion in every image.
  expect_done({"predict", path("all.safetensors"), image, "--lesion-threshold", "0", "--out", path("zero")});
  EXPECT_EQ(read_file(folder_ / "zero/bus_0009-l_mask.png"), read_file(folder_ / "two/bus_0009-l_mask.png"));
  EXPECT_EQ(
      lanet({"predict", path("all.safetensors"), image, "--lesion-threshold", "2", "--out", path("no")}).exit_code, 2);
  expect_done({"models", path("all.safetensors")});
  EXPECT_TRUE(has(output_, "normal class: normal; a lesion from a probability of 0.5 on")) << output_;
  expect_done({"models", path("all.safetensors"), "--json"});
  EXPECT_TRUE(has(output_, "\"lesion_threshold\":\"0.5\"")) << output_;
  expect_done({"models", "breast_lite0", "--json"});
  EXPECT_FALSE(has(output_, "lesion_threshold")) << output_;
}

TEST_F(ModelCommands, TheLesionThresholdIsChosenForASensitivity) {
  write_model_with_normal(kModel, folder_ / "three.safetensors", 0.5F);
  expect_done({"data", "import", kSample.string(), "--out", path("data")});
  Manifest manifest = read_manifest(folder_ / "data");
  ASSERT_GE(manifest.samples.size(), 40U);
  for (std::size_t index = 0; index < manifest.samples.size(); index += 5) {
    manifest.samples[index].class_name = "normal";
    manifest.samples[index].location = Location::kEmpty;
    manifest.samples[index].masks.clear();
    manifest.samples[index].boxes.clear();
  }
  manifest.normal_class = "normal";
  write_manifest(folder_ / "data/lanet-dataset.csv", manifest, true);
  const std::vector<std::string> on{"--data", path("data"), "--subset", "all"};
  std::vector<std::string> calibrate{
      "calibrate", path("three.safetensors"), "--out", path("chosen.safetensors"), "--lesion-sensitivity", "80%"};
  calibrate.insert(calibrate.end(), on.begin(), on.end());
  expect_done(calibrate);
  EXPECT_TRUE(has(output_, "lesion threshold 0.5 -> ")) << output_;
  EXPECT_TRUE(has(output_, "chosen to see 80.0 % of the images with a lesion")) << output_;
  EXPECT_TRUE(has(output_, "called free of lesions: ")) << output_;
  const double threshold = card_of("chosen.safetensors").lesion_threshold;
  EXPECT_NE(threshold, 0.5);
  EXPECT_TRUE(has(output_, "-> " + exact(threshold) + ", chosen")) << output_;
  EXPECT_EQ(card_of("chosen.safetensors").threshold, 0.5);
  // The same decisions where it is measured.
  std::vector<std::string> evaluate{"evaluate",     path("chosen.safetensors"), "--bootstrap", "0", "--out",
                                    path("results")};
  evaluate.insert(evaluate.end(), on.begin(), on.end());
  expect_done(evaluate);
  EXPECT_TRUE(has(output_, "a lesion is said to be there at a probability of " + fixed(threshold, 3))) << output_;
  const auto evaluation = nlohmann::json::parse(read_file(folder_ / "results/evaluation_all.json"));
  EXPECT_EQ(evaluation.at("lesion_threshold").get<double>(), threshold);
  std::map<std::string, double> figures;
  for (const auto& metric : evaluation.at("metrics"))
    if (!metric.at("value").is_null()) figures[metric.at("name")] = metric.at("value");
  EXPECT_LE(figures.at("lesion_called_normal"), 0.2);
  EXPECT_TRUE(figures.contains("normal_specificity") && figures.contains("normal_called[malignant]"));
  EXPECT_TRUE(figures.contains("auc_lesion_images[malignant]"));
  // Findings say what the evaluation counts.
  std::size_t normal = 0, decided = 0;
  for (const std::string& line : split_text(read_file(folder_ / "results/findings_all.jsonl"), '\n'))
    normal += has(line, "\"result\":\"no lesion found\"") ? 1 : 0;
  for (const auto& row : evaluation.at("confusion")) decided += row.at(2).get<std::size_t>();
  EXPECT_EQ(normal, decided);
  const ChildResult two = lanet({"calibrate", "breast_lite0", "--data", path("data"), "--subset", "all", "--out",
                                 path("no.safetensors"), "--lesion-sensitivity", "0.9"});
  EXPECT_EQ(two.exit_code, 2) << two.output;
  EXPECT_TRUE(has(two.output, "a normal class")) << two.output;
}

TEST_F(ModelCommands, ShowsAndDrawsItsNetwork) {
  expect_done({"models", "breast_lite0", "--graph"});
  EXPECT_TRUE(output_.starts_with("0 input -> 1 x 256 x 256\n")) << output_.substr(0, 200);
  EXPECT_TRUE(has(output_, "convolution 5 x 5 / 2 depthwise fex._blocks.3._depthwise_conv")) << output_;
  const ChildResult all = lanet({"models", "--graph"});
  EXPECT_EQ(all.exit_code, 2) << all.output;
  EXPECT_TRUE(has(all.output, "one model")) << all.output;
  if (std::system("command -v dot >/dev/null") != 0) GTEST_SKIP() << "no Graphviz";
  expect_done({"models", "breast_lite0", "--svg", path("network.svg")});
  const std::string drawing = read_file(folder_ / "network.svg");
  EXPECT_TRUE(has(drawing, "<svg") && has(drawing, "fex._conv_stem") && has(drawing, "million parameters"));
  expect_done({"models", "breast_lite0", "--svg", path("network.svg")});  // its own file
  write_file_atomically(folder_ / "network.svg", "mine");
  EXPECT_EQ(lanet({"models", "breast_lite0", "--svg", path("network.svg")}).exit_code, 1);
  EXPECT_EQ(read_file(folder_ / "network.svg"), "mine");
}

TEST_F(ModelCommands, ModelsNameTheirPositiveClass) {
  expect_done({"models", "breast_lite0"});
  EXPECT_TRUE(has(output_, "positive class: malignant")) << output_;
}

TEST_F(ModelCommands, ExplainsByName) {
  if (!fs::exists(fs::path(LANET_PROGRAM).parent_path() / "lanet-train")) GTEST_SKIP() << "built without LibTorch";
  expect_done(
      {"explain", "breast_lite0", (kSample / "Images/bus_0009-l.png").string(), "--steps", "2", "--out", path("heat")});
  EXPECT_TRUE(fs::exists(folder_ / "heat/bus_0009-l_heat.png"));
  EXPECT_EQ(read_csv(folder_ / "heat/explain.csv").rows.size(), 1U);
}

}  // namespace
}  // namespace lanet
