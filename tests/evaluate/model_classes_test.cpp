#include "evaluate/model_classes.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/evaluation.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

struct Data {
  Manifest manifest;
  std::vector<std::string> ids;
};

Data data_of(const std::vector<std::string>& classes) {
  Data data;
  for (const std::string& name : classes) {
    Sample sample;
    sample.id = std::to_string(data.ids.size());
    sample.class_name = name;
    data.ids.push_back(sample.id);
    data.manifest.samples.push_back(sample);
  }
  return data;
}

ModelCard card_of(const std::vector<std::string>& classes, const std::string& positive) {
  ModelCard card;
  card.classes = classes;
  card.positive_class = positive;
  return card;
}

const ModelCard kTwo = card_of({"benign", "malignant"}, "malignant");

TEST(FitClasses, UnknownClassesAreRefusedWithTheirRemedy) {
  Data data = data_of({"Gutartig", "Bösartig", "Normal", "Normal", ""});
  const std::string message =
      refusal<DataError>([&] { fit_classes(data.manifest, data.ids, kTwo, ClassMap(), "data"); });
  EXPECT_TRUE(has(message, "Normal (2 images)")) << message;
  EXPECT_TRUE(has(message, "--classes 'Bösartig=malignant,Gutartig=benign,Normal='")) << message;
}

TEST(FitClasses, ATwoClassModelOnAThreeClassSet) {
  Data data = data_of({"Gutartig", "Bösartig", "Normal", "Normal"});
  const auto notes =
      fit_classes(data.manifest, data.ids, kTwo, ClassMap({"Bösartig=malignant,Gutartig=benign,Normal="}), "data");
  EXPECT_EQ(data.ids, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(data.manifest.samples[1].class_name, "malignant");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(has(notes[0], "left out: Normal (2 images)")) << notes[0];
}

TEST(FitClasses, NamesThatDifferInCaseAreTheModels) {
  Data data = data_of({"Benign", "MALIGNANT"});
  EXPECT_TRUE(fit_classes(data.manifest, data.ids, kTwo, ClassMap(), "data").empty());
  EXPECT_EQ(data.manifest.samples[1].class_name, "malignant");
}

TEST(FitClasses, ADisagreementAboutThePositiveClassIsSaid) {
  Data data = data_of({"benign", "malignant"});
  const auto notes =
      fit_classes(data.manifest, data.ids, card_of({"benign", "malignant"}, "benign"), ClassMap(), "data");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(has(notes[0], "the model decides for benign")) << notes[0];
}

TEST(FitClasses, NothingLeftIsRefused) {
  Data data = data_of({"Normal"});
  EXPECT_THROW(fit_classes(data.manifest, data.ids, kTwo, ClassMap({"Normal="}), "data"), DataError);
}

TEST(SubgroupColumn, IsCheckedBeforeAnythingIsComputed) {
  Data data = data_of({"benign", "malignant"});
  data.manifest.extra_columns = {"device", "birads"};
  data.manifest.samples[0].extra["device"] = "GE";
  require_subgroup_column(data.manifest, data.ids, "");
  require_subgroup_column(data.manifest, data.ids, "class");
  require_subgroup_column(data.manifest, data.ids, "device");
  const std::string message = refusal<ConfigError>([&] { require_subgroup_column(data.manifest, data.ids, "devise"); });
  EXPECT_TRUE(has(message, "did you mean device?")) << message;
  EXPECT_THROW(require_subgroup_column(data.manifest, data.ids, "birads"), ConfigError) << "empty everywhere";
}

TEST(TrustedTemperature, NeedsEnoughImagesOfEveryClass) {
  std::vector<std::vector<double>> probabilities;
  std::vector<std::int64_t> truth;
  for (int image = 0; image < 40; ++image) {
    const double right = image % 5 == 0 ? 0.3 : 0.9;  // four of five right, said with 0.9
    truth.push_back(image % 2);
    probabilities.push_back(image % 2 ? std::vector<double>{1 - right, right} : std::vector<double>{right, 1 - right});
  }
  const double temperature = trusted_temperature(probabilities, truth, {"a", "b"}, "x");
  EXPECT_EQ(temperature, fit_temperature(probabilities, truth));
  const std::string few = refusal<DataError>([&] {
    trusted_temperature({probabilities.begin(), probabilities.begin() + 29}, {truth.begin(), truth.begin() + 29},
                        {"a", "b"}, "x");
  });
  EXPECT_TRUE(has(few, "29 images") && has(few, "30")) << few;
  EXPECT_TRUE(has(refusal<DataError>([&] {
                    trusted_temperature(probabilities, std::vector<std::int64_t>(40, 0), {"a", "b"}, "x");
                  }),
                  "0 images of class b"));
}

TEST(TrustedTemperature, RefusesTheBounds) {
  std::vector<std::vector<double>> wrong, perfect;
  std::vector<std::int64_t> truth;
  for (int image = 0; image < 40; ++image) {
    truth.push_back(image % 2);
    wrong.push_back(image % 2 ? std::vector<double>{0.9, 0.1} : std::vector<double>{0.1, 0.9});
    perfect.push_back(image % 2 ? std::vector<double>{0.1, 0.9} : std::vector<double>{0.9, 0.1});
  }
  EXPECT_TRUE(has(refusal<DataError>([&] { trusted_temperature(wrong, truth, {"a", "b"}, "x"); }), "20"));
  EXPECT_TRUE(has(refusal<DataError>([&] { trusted_temperature(perfect, truth, {"a", "b"}, "x"); }), "every one"));
}

}  // namespace
}  // namespace lanet
