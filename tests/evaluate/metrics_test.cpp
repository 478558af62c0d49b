#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "evaluate/bootstrap.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/froc.hpp"
#include "evaluate/overlap.hpp"
#include "evaluate/quantile.hpp"
#include "evaluate/roc.hpp"
#include "image/region.hpp"
#include "support/refused.hpp"

namespace lanet {
namespace {

TEST(Roc, ScikitLearnsExample) {
  // sklearn.metrics.roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75 (its documentation).
  const RocCurve curve({0.1, 0.4, 0.35, 0.8}, {false, false, true, true});
  EXPECT_NEAR(curve.area(), 0.75, 1e-12);
  // roc_curve of the same: fpr 0 0 .5 .5 1, tpr 0 .5 .5 1 1.
  const auto points = curve.points();
  ASSERT_EQ(points.size(), 5U);
  const double fpr[] = {0, 0, 0.5, 0.5, 1}, tpr[] = {0, 0.5, 0.5, 1, 1};
  for (std::size_t index = 0; index < points.size(); ++index) {
    EXPECT_EQ(points[index].false_positive_rate, fpr[index]);
    EXPECT_EQ(points[index].true_positive_rate, tpr[index]);
  }
  EXPECT_EQ(points[1].threshold, 0.8);
}

TEST(Roc, TiesCountHalf) {
  EXPECT_NEAR(area_under_roc({0.5, 0.5, 0.5, 0.5}, {true, false, true, false}), 0.5, 1e-12);
  // Pairs: (0.5 vs 0.5) half, (0.5 vs 0.2) one: 1.5 of 2.
  EXPECT_NEAR(area_under_roc({0.5, 0.5, 0.2}, {true, false, false}), 0.75, 1e-12);
}

TEST(Roc, OneClassHasNoArea) { EXPECT_TRUE(std::isnan(area_under_roc({0.1, 0.2}, {true, true}))); }

TEST(Roc, WeightsAreRepetitions) {
  const RocCurve weighted({0.1, 0.4, 0.35, 0.8}, {false, false, true, true});
  EXPECT_NEAR(weighted.area({1, 2, 3, 0}),
              area_under_roc({0.1, 0.4, 0.4, 0.35, 0.35, 0.35}, {false, false, false, true, true, true}), 1e-12);
}

TEST(Roc, RateBetweenPoints) {
  const auto points = RocCurve({0.9, 0.8, 0.7, 0.7}, {true, false, true, false}).points();
  // (0,0) (0,.5) (.5,.5) (1,1)
  EXPECT_NEAR(true_positive_rate_at(points, 0), 0.5, 1e-12);
  EXPECT_NEAR(true_positive_rate_at(points, 0.75), 0.75, 1e-12);
  EXPECT_NEAR(true_positive_rate_at(points, 1), 1, 1e-12);
}

TEST(Overlap, JsiAndDiceByHand) {
  const Mask first = fill_boxes({{0, 0, 4, 4}}, 8, 8), second = fill_boxes({{2, 2, 6, 6}}, 8, 8);
  const Overlap shared = overlap(first, second);
  EXPECT_NEAR(*shared.jsi(), 4.0 / 28, 1e-12);
  EXPECT_NEAR(*shared.dice(), 8.0 / 32, 1e-12);
  EXPECT_EQ(*overlap(first, make_mask(8, 8)).jsi(), 0);
  EXPECT_FALSE(overlap(make_mask(8, 8), make_mask(8, 8)).jsi()) << "both empty is no perfect score";
  EXPECT_THROW(overlap(first, make_mask(8, 9)), std::invalid_argument);
}

TEST(SurfaceDistances, ShiftedSquaresByHand) {
  // One pixel each, 3 rows and 4 columns apart: every distance is 5.
  Mask first = make_mask(9, 9), second = make_mask(9, 9);
  first.at(1, 1) = 1;
  second.at(4, 5) = 1;
  EXPECT_NEAR(surface_distances(first, second)->hd95, 5, 1e-5);
  EXPECT_NEAR(surface_distances(first, second)->assd, 5, 1e-5);
  // Rows of 2 mm, columns of 1 mm: sqrt(36 + 16).
  EXPECT_NEAR(surface_distances(first, second, 2, 1)->assd, std::sqrt(52.0), 1e-5);
  EXPECT_EQ(surface_distances(first, first)->hd95, 0);
  EXPECT_FALSE(surface_distances(first, make_mask(9, 9)));
}

TEST(SurfaceDistances, OneOutlierByHand) {
  // A row of 3 against the same row and a pixel 4 columns on: 0 0 0 | 0 0 0 4. Mean 4/7; 95th percentile between ranks
  // 5 and 6 at 5.7: 0.7 * 4.
  Mask first = make_mask(3, 9), second = make_mask(3, 9);
  for (const std::int64_t column : {0, 1, 2}) first.at(1, column) = second.at(1, column) = 1;
  second.at(1, 6) = 1;
  EXPECT_NEAR(surface_distances(first, second)->assd, 4.0 / 7, 1e-5);
  EXPECT_NEAR(surface_distances(first, second)->hd95, 2.8, 1e-5);
}

TEST(ThroughGrid, KeepsCoarseLosesFine) {
  const Mask large = fill_boxes({{0, 0, 64, 128}}, 128, 128);
  EXPECT_GT(*overlap(through_grid(large, 128, 8, 8), large).jsi(), 0.95);
  const Mask small = fill_boxes({{40, 40, 45, 45}}, 128, 128);
  EXPECT_EQ(area(through_grid(small, 128, 4, 4)), 0);
  EXPECT_GT(area(through_grid(small, 128, 64, 64)), 15);
}

TEST(Quantile, AsNumpy) {
  // numpy.quantile([1, 2, 3, 4], 0.95) == 3.85
  EXPECT_NEAR(quantile({1, 2, 3, 4}, 0.95), 3.85, 1e-12);
  EXPECT_EQ(quantile({7}, 0.3), 7);
}

TEST(Calibration, ByHand) {
  const std::vector<std::vector<double>> probabilities{{0.9, 0.1}, {0.85, 0.15}, {0.2, 0.8}};
  const std::vector<std::int64_t> truth{0, 1, 1};
  const std::vector<double> ones{1, 1, 1};
  // (0.1^2 + 0.85^2 + 0.2^2) / 3
  EXPECT_NEAR(brier_score(probabilities, truth, ones), (0.01 + 0.7225 + 0.04) / 3, 1e-12);
  const auto bins = reliability(probabilities, truth, 1, ones);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_NEAR(bins[0].mean_probability, 0.125, 1e-12);
  EXPECT_NEAR(bins[0].observed_share, 0.5, 1e-12);
  // (2 * |0.125 - 0.5| + 1 * |0.8 - 1|) / 3
  EXPECT_NEAR(calibration_error(bins), (0.75 + 0.2) / 3, 1e-12);
  EXPECT_TRUE(std::isnan(calibration_error({})));
}

ImageResult result_of(const std::string& id, std::int64_t truth, double malignant) {
  ImageResult result;
  result.id = id;
  result.truth_class = truth;
  result.probabilities = {1 - malignant, malignant};
  return result;
}

TEST(Froc, ByHand) {
  std::vector<ImageResult> results(2);
  results[0].location = results[1].location = Location::kMask;
  results[0].true_lesions = 1;
  results[1].true_lesions = 2;
  results[0].candidates = {{0.9, 0}, {0.8, 0}, {0.7, -1}};  // the second candidate of the same lesion counts nowhere
  results[1].candidates = {{0.6, 1}, {0.5, -1}};
  const FrocCurve curve(results);
  const auto points = curve.points();
  ASSERT_EQ(points.size(), 5U);
  EXPECT_NEAR(points[1].sensitivity, 1.0 / 3, 1e-12);
  EXPECT_NEAR(points[3].sensitivity, 2.0 / 3, 1e-12);
  EXPECT_NEAR(points[4].false_positives_per_image, 1, 1e-12);
  EXPECT_NEAR(curve.sensitivity_at(0.4), 1.0 / 3, 1e-12);
  EXPECT_NEAR(curve.sensitivity_at(0.5), 2.0 / 3, 1e-12);
  EXPECT_EQ(curve.lesions(), 3);
  EXPECT_TRUE(FrocCurve({}).points().empty());
}

TEST(GroupBootstrap, DrawsWholeGroups) {
  const GroupBootstrap bootstrap({"a", "a", "", "b", ""}, 1);
  EXPECT_EQ(bootstrap.groups(), 4);
  for (std::int64_t number = 0; number < 50; ++number) {
    const auto weights = bootstrap.weights(number);
    EXPECT_EQ(weights[0], weights[1]);
    EXPECT_EQ(weights[0] + weights[2] + weights[3] + weights[4], 4);
    EXPECT_EQ(weights, bootstrap.weights(number));
  }
}

TEST(PercentileInterval, LeavesUndefinedValuesOut) {
  std::vector<double> values(1001);
  for (std::size_t index = 0; index < values.size(); ++index) values[index] = static_cast<double>(index) / 1000;
  EXPECT_NEAR(percentile_interval(values, 0.95).low, 0.025, 1e-12);
  EXPECT_NEAR(percentile_interval(values, 0.95).high, 0.975, 1e-12);
  EXPECT_TRUE(std::isnan(percentile_interval({std::nan(""), std::nan(""), 1}, 0.95).low));
}

TEST(Evaluate, TwoClassesByHand) {
  // truth 1 1 1 0 0, decisions at 0.5: 1 1 0 1 0  ->  TP 2, FN 1, FP 1, TN 1
  const std::vector<ImageResult> results{result_of("a", 1, 0.9), result_of("b", 1, 0.6), result_of("c", 1, 0.2),
                                         result_of("d", 0, 0.7), result_of("e", 0, 0.1)};
  EvaluationOptions options;
  options.bootstrap_samples = 200;
  const Evaluation evaluation = evaluate(results, {"benign", "malignant"}, "malignant", options);
  const auto value = [&](const char* name) { return evaluation.metric(name).value; };
  EXPECT_NEAR(value("accuracy"), 3.0 / 5, 1e-12);
  EXPECT_NEAR(value("precision"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(value("sensitivity"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(value("specificity"), 1.0 / 2, 1e-12);
  EXPECT_NEAR(value("f1"), 2.0 / 3, 1e-12);
  // Pairs won: 0.9 beats both, 0.6 beats 0.1, 0.2 beats 0.1: 4 of 6.
  EXPECT_NEAR(value("auc"), 4.0 / 6, 1e-12);
  EXPECT_EQ(evaluation.confusion, (std::vector<std::vector<std::int64_t>>{{1, 1}, {1, 2}}));
  EXPECT_TRUE(std::isnan(value("jsi")));
  const Metric accuracy = evaluation.metric("accuracy");
  EXPECT_LE(accuracy.low, accuracy.value);
  EXPECT_GE(accuracy.high, accuracy.value);
  options.threshold = 0.65;
  EXPECT_NEAR(evaluate(results, {"benign", "malignant"}, "malignant", options).metric("sensitivity").value, 1.0 / 3,
              1e-12);
}

TEST(Evaluate, ThreeClassesOneVsRestAndMacro) {
  std::vector<ImageResult> results(4);
  const std::vector<std::vector<double>> probabilities{
      {0.7, 0.2, 0.1}, {0.5, 0.4, 0.1}, {0.2, 0.7, 0.1}, {0.1, 0.1, 0.8}};
  const std::int64_t truth[] = {0, 1, 1, 2};
  for (std::size_t index = 0; index < 4; ++index) {
    results[index].id = std::to_string(index);
    results[index].probabilities = probabilities[index];
    results[index].truth_class = truth[index];
  }
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  const Evaluation evaluation = evaluate(results, {"benign", "malignant", "normal"}, "malignant", options);
  const auto value = [&](const char* name) { return evaluation.metric(name).value; };
  EXPECT_NEAR(value("accuracy"), 0.75, 1e-12);
  EXPECT_NEAR(value("sensitivity[malignant]"), 0.5, 1e-12);
  EXPECT_NEAR(value("specificity[benign]"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(value("macro_sensitivity"), (1 + 0.5 + 1) / 3, 1e-12);
  // sklearn.metrics.f1_score(truth, decision, average="macro"): (2/3 + 2/3 + 1) / 3
  EXPECT_NEAR(value("macro_f1"), (2.0 / 3 + 2.0 / 3 + 1) / 3, 1e-12);
  EXPECT_TRUE(std::isnan(evaluation.metric("accuracy").low));
}

// Truth: benign, malignant; the second is called normal, a class that no image has. Without normal: sensitivity 1 and
// 0, precision 1 (the malignant one is not defined), F1 1 and 0. With it its precision 0 and F1 0 would count.
TEST(Evaluation, MacroMeansAreOverTheClassesThatTheImagesHave) {
  std::vector<ImageResult> results(2);
  results[0].probabilities = {0.8, 0.1, 0.1};
  results[0].truth_class = 0;
  results[1].probabilities = {0.1, 0.1, 0.8};
  results[1].truth_class = 1;
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  const Evaluation evaluation = evaluate(results, {"benign", "malignant", "normal"}, "malignant", options);
  EXPECT_NEAR(evaluation.metric("macro_sensitivity").value, 0.5, 1e-12);
  EXPECT_NEAR(evaluation.metric("macro_precision").value, 1, 1e-12);
  EXPECT_NEAR(evaluation.metric("macro_f1").value, 0.5, 1e-12);
}

/// benign, malignant, normal of five images: two malignant, one benign, two normal.
std::vector<ImageResult> with_normal_images() {
  const std::vector<std::vector<double>> probabilities{{0.125, 0.625, 0.25},     // malignant, seen
                                                       {0.125, 0.125, 0.75},     // malignant, called normal
                                                       {0.5, 0.25, 0.25},        // benign, seen
                                                       {0.0625, 0.0625, 0.875},  // normal, left alone
                                                       {0.125, 0.5, 0.375}};     // normal, called malignant
  const std::int64_t truth[] = {1, 1, 0, 2, 2};
  std::vector<ImageResult> results(5);
  for (std::size_t index = 0; index < results.size(); ++index) {
    results[index].id = std::to_string(index);
    results[index].probabilities = probabilities[index];
    results[index].truth_class = truth[index];
  }
  return results;
}

TEST(Evaluate, NormalImagesByHand) {
  EvaluationOptions options;
  options.bootstrap_samples = 200;
  const std::vector<std::string> classes{"benign", "malignant", "normal"};
  const Evaluation evaluation = evaluate(with_normal_images(), classes, "malignant", options);
  const auto metric = [&](const char* name) { return evaluation.metric(name); };
  EXPECT_EQ(evaluation.normal, "normal");
  // Decisions: malignant, normal, benign, normal, malignant.
  EXPECT_EQ(evaluation.confusion, (std::vector<std::vector<std::int64_t>>{{1, 0, 0}, {0, 1, 1}, {0, 1, 1}}));
  EXPECT_NEAR(metric("normal_specificity").value, 1.0 / 2, 1e-12);
  EXPECT_EQ(metric("normal_specificity").images, 2);
  EXPECT_NEAR(metric("lesion_called_normal").value, 1.0 / 3, 1e-12);
  EXPECT_EQ(metric("lesion_called_normal").images, 3);
  EXPECT_NEAR(metric("normal_called[malignant]").value, 1.0 / 2, 1e-12);
  EXPECT_LE(metric("normal_specificity").low, 0.5);
  EXPECT_GE(metric("normal_specificity").high, 0.5);
  // The positive class against all other images: found 1 of 2; of the 3 others 1 called malignant.
  EXPECT_NEAR(metric("sensitivity[malignant]").value, 1.0 / 2, 1e-12);
  EXPECT_NEAR(metric("specificity[malignant]").value, 2.0 / 3, 1e-12);
  // p(malignant) 0.625 beats 0.25, 0.0625 and 0.5; 0.125 beats 0.0625 alone: 4 of 6.
  EXPECT_NEAR(metric("auc[malignant]").value, 4.0 / 6, 1e-12);
  // Among lesions 0.625 / 0.75 and 0.125 / 0.25 both beat 0.25 / 0.75: 2 of 2.
  EXPECT_NEAR(metric("auc_lesion_images[malignant]").value, 1, 1e-12);
  EXPECT_EQ(metric("auc_lesion_images[malignant]").images, 3);
  // With 0.2 the second image is seen: 0.125 / 0.25 is malignant.
  options.lesion_threshold = 0.2;
  EXPECT_EQ(evaluate(with_normal_images(), classes, "malignant", options).metric("lesion_called_normal").value, 0);
  options.lesion_threshold = 1.5;
  EXPECT_THROW(evaluate(with_normal_images(), classes, "malignant", options), ConfigError);
}

TEST(Evaluate, NormalFiguresAreThereOnlyWithTheirImages) {
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  auto lesions = with_normal_images();
  lesions.resize(3);
  const Evaluation without = evaluate(lesions, {"benign", "malignant", "normal"}, "malignant", options);
  EXPECT_EQ(without.metric("normal_specificity").images, 0);
  EXPECT_EQ(without.metric("normal_called[malignant]").images, 0);
  EXPECT_NEAR(without.metric("lesion_called_normal").value, 1.0 / 3, 1e-12);
  const Evaluation other = evaluate(with_normal_images(), {"a", "b", "c"}, "b", options);
  EXPECT_EQ(other.normal, "");
  EXPECT_EQ(other.metric("lesion_called_normal").images, 0);
}

TEST(EvaluationJson, TheNormalClassIsSaidWhereThereIsOne) {
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  options.lesion_threshold = 0.3;
  options.at = {{"sensitivity", 0.5}};
  const Evaluation evaluation = evaluate(with_normal_images(), {"benign", "malignant", "normal"}, "malignant", options);
  const std::string json = evaluation_json(evaluation);
  const Evaluation read = evaluation_from_json(json, "x");
  EXPECT_EQ(read.normal, "normal");
  EXPECT_EQ(read.lesion_threshold, 0.3);
  EXPECT_EQ(evaluation_json(read), json);
  const std::string table = evaluation_table(evaluation);
  EXPECT_TRUE(has(table, "normal: normal; a lesion is said to be there at a probability of 0.300 and above")) << table;
  EXPECT_TRUE(has(table, "of the normal images, the share that was called free of lesions")) << table;
  EXPECT_TRUE(has(table, "among all images")) << table;
  options.at.clear();
  const std::vector<ImageResult> two{result_of("a", 1, 0.9), result_of("b", 0, 0.1)};
  const Evaluation plain = evaluate(two, {"benign", "malignant"}, "malignant", options);
  EXPECT_FALSE(has(evaluation_json(plain), "lesion_threshold"));
  EXPECT_FALSE(has(evaluation_table(plain), "normal"));
}

TEST(Evaluate, LocationMeansAndFalseAlarms) {
  std::vector<ImageResult> results{result_of("a", 0, 0.2), result_of("b", 1, 0.9), result_of("c", 0, 0.1),
                                   result_of("d", 0, 0.1)};
  results[0].location = results[1].location = Location::kMask;
  results[2].location = results[3].location = Location::kEmpty;
  results[0].jsi = 0.4;
  results[1].jsi = 0.8;
  results[2].false_area = 0.1;
  results[3].false_area = 0.0;
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  const Evaluation evaluation = evaluate(results, {"benign", "malignant"}, "malignant", options);
  EXPECT_NEAR(evaluation.metric("jsi").value, 0.6, 1e-12);
  EXPECT_EQ(evaluation.metric("jsi").images, 2);
  EXPECT_NEAR(evaluation.metric("false_positive_rate").value, 0.5, 1e-12);
  EXPECT_NEAR(evaluation.metric("false_area").value, 0.05, 1e-12);
}

TEST(Evaluate, SubgroupsAndTheirAbsence) {
  std::vector<ImageResult> results{result_of("a", 1, 0.9), result_of("b", 0, 0.1), result_of("c", 1, 0.1)};
  results[0].extra["device"] = results[1].extra["device"] = "GE";
  results[2].extra["device"] = "Toshiba";
  EvaluationOptions options;
  options.bootstrap_samples = 0;
  options.by = "device";
  const Evaluation evaluation = evaluate(results, {"benign", "malignant"}, "malignant", options);
  ASSERT_EQ(evaluation.subgroups.size(), 2U);
  EXPECT_EQ(evaluation.subgroups[0].value, "GE");
  EXPECT_EQ(evaluation.subgroups[0].metrics[0].value, 1);
  EXPECT_EQ(evaluation.subgroups[1].metrics[0].value, 0);
  options.by = "devise";
  EXPECT_THROW(evaluate(results, {"benign", "malignant"}, "malignant", options), DataError);
  EXPECT_THROW(evaluate({}, {"benign", "malignant"}, "malignant", {}), DataError);
}

TEST(Evaluate, GroupsWidenTheInterval) {
  // 40 images, each four times: as groups there is only a quarter of the information.
  std::vector<ImageResult> alone, grouped;
  for (int index = 0; index < 160; ++index) {
    ImageResult result =
        result_of(std::to_string(index), index / 4 % 2, index / 4 % 3 == 0 ? 0.4 : (index / 4 % 2 ? 0.9 : 0.1));
    alone.push_back(result);
    result.group = "g" + std::to_string(index / 4);
    grouped.push_back(result);
  }
  EvaluationOptions options;
  options.bootstrap_samples = 400;
  const auto width = [&](const std::vector<ImageResult>& results) {
    const Metric metric = evaluate(results, {"benign", "malignant"}, "malignant", options).metric("accuracy");
    return metric.high - metric.low;
  };
  EXPECT_NEAR(width(grouped) / width(alone), 2, 0.5);
}

TEST(EvaluationJson, RoundTripAndBrokenTexts) {
  std::vector<ImageResult> results{result_of("a", 1, 0.9), result_of("b", 0, 0.1), result_of("c", 1, 0.4)};
  results[0].location = Location::kMask;
  results[0].jsi = 0.5;
  results[0].true_lesions = 1;
  results[0].candidates = {{0.7, 0}};
  EvaluationOptions options;
  options.bootstrap_samples = 50;
  options.by = "class";
  const Evaluation evaluation = evaluate(results, {"benign", "malignant"}, "malignant", options);
  const std::string text = evaluation_json(evaluation);
  EXPECT_EQ(evaluation_json(evaluation_from_json(text, "x")), text);
  EXPECT_TRUE(has(evaluation_table(evaluation), "accuracy"));
  EXPECT_THROW(evaluation_from_json("{}", "x"), DataError);
  EXPECT_THROW(evaluation_from_json(text.substr(0, text.size() / 2), "x"), DataError);
}

TEST(ResultsCsv, RoundTripAndBrokenTexts) {
  ImageResult result = result_of("a, b", 1, 0.1 + 0.2);
  result.group = "g";
  result.extra = {{"device", "GE \"x\""}};
  result.location = Location::kMask;
  result.jsi = 1.0 / 3;
  result.true_lesions = 2;
  result.candidates = {{0.75, 1}, {0.5, -1}};
  const std::string text = results_to_csv({result, result_of("c", -1, 0.5)}, {"benign", "malignant"});
  const ResultTable table = results_from_csv(text, "x");
  EXPECT_EQ(results_to_csv(table.results, table.classes), text);
  EXPECT_EQ(table.results[0].probabilities[1], 0.1 + 0.2);
  EXPECT_EQ(*table.results[0].jsi, 1.0 / 3);
  EXPECT_EQ(table.results[0].candidates[1].hits, -1);
  EXPECT_EQ(table.results[1].truth_class, -1);
  EXPECT_FALSE(table.results[1].jsi);
  EXPECT_THROW(results_from_csv("id,group\na,b\n", "x"), DataError);
  std::string wrong = text;
  wrong.replace(wrong.find("malignant,0."), 9, "malign___");
  EXPECT_THROW(results_from_csv(wrong, "x"), DataError);
}

}  // namespace
}  // namespace lanet
