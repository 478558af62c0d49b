#include "evaluate/comparison.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/json.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

/// One image each: truth 1 for the positive ones, its probability as given.
std::vector<ImageResult> results_of(const std::vector<double>& positive, const std::vector<double>& negative) {
  std::vector<ImageResult> results;
  for (const auto* probabilities : {&positive, &negative})
    for (const double probability : *probabilities) {
      ImageResult result;
      result.id = std::to_string(results.size());
      result.truth_class = probabilities == &positive ? 1 : 0;
      result.probabilities = {1 - probability, probability};
      result.jsi = probability;
      result.dice = 2 * probability / (1 + probability);
      results.push_back(result);
    }
  return results;
}

const std::vector<std::string> kClasses{"benign", "malignant"};
const std::vector<ImageResult> kFirst = results_of({0.9, 0.8, 0.7, 0.6}, {0.4, 0.3, 0.2, 0.1});
const std::vector<ImageResult> kSecond = results_of({0.9, 0.8, 0.2, 0.1}, {0.4, 0.3, 0.6, 0.0});

PairedFigure figure(const ModelComparison& comparison, const std::string& name) {
  for (const PairedFigure& found : comparison.figures)
    if (found.name == name) return found;
  return {};
}

TEST(CompareModels, NumbersByHand) {
  const ModelComparison comparison = compare_models(kFirst, kSecond, kClasses, "malignant", {});
  EXPECT_EQ(figure(comparison, "accuracy").first, 1);
  EXPECT_EQ(figure(comparison, "accuracy").second, 5.0 / 8);  // 0.2, 0.1 missed, 0.6 called malignant
  EXPECT_EQ(comparison.decisions.only_first_right, 3);
  EXPECT_EQ(comparison.decisions.only_second_right, 0);
  EXPECT_NEAR(figure(comparison, "accuracy").p, 0.25, 1e-12);  // two-sided binomial: 2 * 0.5^3
  // Pairs in order of the second: 0.9 and 0.8 above all 4; 0.2 and 0.1 above 0.0 alone: 10 of 16
  EXPECT_NEAR(figure(comparison, "auc").second, 10.0 / 16, 1e-12);
  EXPECT_EQ(figure(comparison, "auc").test, "DeLong");
  EXPECT_NEAR(figure(comparison, "jsi").difference, (0.5 + 0.5 - 0.4 + 0.1) / 8, 1e-12);
  EXPECT_EQ(figure(comparison, "jsi").test, "bootstrap");
  EXPECT_LE(figure(comparison, "jsi").interval.low, figure(comparison, "jsi").difference);
  EXPECT_GE(figure(comparison, "jsi").interval.high, figure(comparison, "jsi").difference);
  for (const PairedFigure& each : comparison.figures) EXPECT_GE(each.p_holm, each.p) << each.name;
}

TEST(CompareModels, AModelDoesNotDifferFromItself) {
  const ModelComparison comparison = compare_models(kFirst, kFirst, kClasses, "malignant", {});
  for (const PairedFigure& each : comparison.figures) {
    EXPECT_EQ(each.difference, 0) << each.name;
    EXPECT_EQ(each.p, 1) << each.name;
    EXPECT_EQ(each.interval.low, 0) << each.name;
    EXPECT_EQ(each.interval.high, 0) << each.name;
  }
}

TEST(CompareModels, NormalImagesByHand) {
  // Two malignant, two benign, two normal images; the second model calls one lesion normal and one normal malignant.
  const std::vector<std::vector<double>> first{{0.1, 0.8, 0.1}, {0.1, 0.7, 0.2}, {0.8, 0.1, 0.1},
                                               {0.7, 0.1, 0.2}, {0.1, 0.1, 0.8}, {0.1, 0.2, 0.7}};
  auto second = first;
  second[1] = {0.2, 0.1, 0.7};
  second[5] = {0.1, 0.6, 0.3};
  const std::int64_t truth[] = {1, 1, 0, 0, 2, 2};
  const auto results = [&](const std::vector<std::vector<double>>& rows) {
    std::vector<ImageResult> list(rows.size());
    for (std::size_t index = 0; index < rows.size(); ++index) {
      list[index].id = std::to_string(index);
      list[index].truth_class = truth[index];
      list[index].probabilities = rows[index];
    }
    return list;
  };
  ComparisonOptions options;
  options.second_lesion_threshold = 0.4;
  const ModelComparison comparison =
      compare_models(results(first), results(second), {"benign", "malignant", "normal"}, "malignant", options);
  EXPECT_EQ(figure(comparison, "normal_specificity").first, 1);
  EXPECT_EQ(figure(comparison, "normal_specificity").second, 0.5);
  EXPECT_EQ(figure(comparison, "lesion_called_normal").second, 0.25);
  EXPECT_EQ(figure(comparison, "normal_called[malignant]").difference, -0.5);
  EXPECT_EQ(comparison.decisions.only_first_right, 2);
  // Among lesions the second has 8/9 and 1/3 against 1/9 and 1/8: every pair is in order, as in the first.
  EXPECT_EQ(figure(comparison, "auc_lesion_images[malignant]").second, 1);
  EXPECT_EQ(figure(comparison, "auc_lesion_images[malignant]").images, 4);
  EXPECT_EQ(figure(comparison, "auc_lesion_images[malignant]").test, "DeLong");
  EXPECT_EQ(figure(comparison, "auc_lesion_images[malignant]").p, 1);
  options.second_lesion_threshold = 0.3;  // now 1 - 0.7 is enough, and 0.1 / 0.3 is benign
  EXPECT_EQ(
      figure(compare_models(results(first), results(second), {"benign", "malignant", "normal"}, "malignant", options),
             "lesion_called_normal")
          .second,
      0);
}

TEST(CompareModels, OtherImagesAndClassesAreRefused) {
  auto other = kSecond;
  other.pop_back();
  EXPECT_THROW(compare_models(kFirst, other, kClasses, "malignant", {}), DataError);
  EXPECT_THROW(compare_models(kFirst, kSecond, kClasses, "normal", {}), DataError);
  EXPECT_THROW(compare_models({}, {}, kClasses, "malignant", {}), DataError);
}

TEST(ReorderClasses, FollowsTheOtherModelsOrder) {
  auto results = kSecond;
  reorder_classes(results, {"benign", "malignant"}, {"malignant", "benign"});
  EXPECT_EQ(results[0].probabilities, (std::vector<double>{0.9, 1 - 0.9}));
  EXPECT_EQ(results[0].truth_class, 0);
  EXPECT_THROW(reorder_classes(results, {"benign", "malignant"}, {"benign", "normal"}), DataError);
}

TEST(CompareModels, JsonAndTableSayTheSame) {
  ModelComparison comparison = compare_models(kFirst, kSecond, kClasses, "malignant", {});
  comparison.first = "a.safetensors";
  comparison.second = "b\xFF.safetensors";  // a name of any bytes
  const auto json = parse_json(comparison_json(comparison), "x");
  EXPECT_EQ(json.at("format"), "lanet-comparison");
  EXPECT_EQ(json.at("figures").size(), comparison.figures.size());
  const std::string table = comparison_table(comparison);
  for (const char* word : {"auc", "DeLong", "McNemar", "bootstrap", "only A right on 3 images", "a.safetensors"})
    EXPECT_TRUE(has(table, word)) << table;
}

}  // namespace
}  // namespace lanet
