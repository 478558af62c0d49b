#include "evaluate/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/nan.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "evaluate/weighted_metrics.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAucLesionImages = "auc_lesion_images";

/// Names of the figures that are compared, with more than two classes those of the positive one.
std::vector<std::string> compared(const std::vector<std::string>& classes, const DecisionRule& rule) {
  const std::string class_of = "[" + classes[rule.positive] + "]", of = classes.size() == 2 ? "" : class_of;
  std::vector<std::string> names{"auc" + of, "accuracy", "sensitivity" + of, "specificity" + of};
  if (rule.normal)
    names.insert(names.end(), {kAucLesionImages + class_of, "normal_specificity", "lesion_called_normal",
                               "normal_called" + class_of});
  names.insert(names.end(), {"jsi", "dice"});
  return names;
}

std::map<std::string, WeightedMetric> figures_of(const std::vector<ImageResult>& results,
                                                 const std::vector<std::string>& classes, const DecisionRule& rule) {
  std::map<std::string, WeightedMetric> figures;
  for (WeightedMetric& metric : weighted_metrics(results, classes, rule))
    figures.emplace(metric.name, std::move(metric));
  return figures;
}

std::vector<bool> right_decisions(const std::vector<ImageResult>& results, const DecisionRule& rule) {
  std::vector<bool> right;
  for (const ImageResult& result : results)
    if (result.truth_class >= 0) right.push_back(decision_of(result, rule) == result.truth_class);
  return right;
}

/// Of auc_lesion_images; the score does not depend on a threshold.
double delong_p_of_lesions(const std::vector<ImageResult>& first, const std::vector<ImageResult>& second,
                           const DecisionRule& rule) {
  const LesionScores one = lesion_scores(first, rule), two = lesion_scores(second, rule);
  return delong_test(one.scores, two.scores, one.positives).p;
}

double delong_p(const std::vector<ImageResult>& first, const std::vector<ImageResult>& second, std::int64_t positive) {
  std::vector<double> one, two;
  std::vector<bool> positives;
  for (std::size_t image = 0; image < first.size(); ++image) {
    if (first[image].truth_class < 0) continue;
    one.push_back(first[image].probabilities[static_cast<std::size_t>(positive)]);
    two.push_back(second[image].probabilities[static_cast<std::size_t>(positive)]);
    positives.push_back(first[image].truth_class == positive);
  }
  return delong_test(one, two, positives).p;
}

void check_same_images(const std::vector<ImageResult>& first, const std::vector<ImageResult>& second) {
  const bool same = std::equal(first.begin(), first.end(), second.begin(), second.end(),
                               [](const ImageResult& one, const ImageResult& two) {
                                 return one.id == two.id && one.truth_class == two.truth_class;
                               });
  if (!same || first.empty())
    throw DataError({"comparison", "results of different images", "both models on the same images", ""});
}

/// Differences in the bootstrap samples, one list a figure.
std::vector<std::vector<double>> drawn_differences(const std::vector<const WeightedMetric*>& first,
                                                   const std::vector<const WeightedMetric*>& second,
                                                   const GroupBootstrap& bootstrap, std::int64_t samples) {
  std::vector<std::vector<double>> differences(first.size());
  for (std::int64_t number = 0; number < samples; ++number) {
    const std::vector<double> weights = bootstrap.weights(number);
    for (std::size_t figure = 0; figure < first.size(); ++figure)
      differences[figure].push_back(first[figure]->value(weights) - second[figure]->value(weights));
  }
  return differences;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

void ComparisonOptions::validate() const {
  require_range("--bootstrap", static_cast<double>(bootstrap_samples), 100, 1'000'000);
  require_range("--confidence", confidence, 0.5, 0.9999);
  for (const double threshold : {first_threshold, second_threshold}) require_range("--threshold", threshold, 0, 1);
  for (const double threshold : {first_lesion_threshold, second_lesion_threshold})
    require_range("--lesion-threshold", threshold, 0, 1);
}

ModelComparison compare_models(const std::vector<ImageResult>& first, const std::vector<ImageResult>& second,
                               const std::vector<std::string>& classes, const std::string& positive,
                               const ComparisonOptions& options) {
  options.validate();
  check_same_images(first, second);
  if (std::find(classes.begin(), classes.end(), positive) == classes.end())
    throw DataError({"comparison", "the positive class " + positive, "one of " + join_text(classes, ", "), ""});
  const DecisionRule first_rule =
      decision_rule(classes, positive, options.first_threshold, options.first_lesion_threshold);
  const DecisionRule second_rule =
      decision_rule(classes, positive, options.second_threshold, options.second_lesion_threshold);
  const auto index = static_cast<std::int64_t>(first_rule.positive);
  std::vector<std::string> groups;
  for (const ImageResult& result : first) groups.push_back(result.group);
  const GroupBootstrap bootstrap(groups, options.seed);
  const auto one = figures_of(first, classes, first_rule);
  const auto two = figures_of(second, classes, second_rule);
  ModelComparison comparison;
  comparison.positive = positive;
  comparison.images = static_cast<std::int64_t>(first.size());
  comparison.groups = bootstrap.groups();
  comparison.confidence = options.confidence;
  comparison.bootstrap_samples = options.bootstrap_samples;
  comparison.decisions = mcnemar_test(right_decisions(first, first_rule), right_decisions(second, second_rule));
  std::vector<const WeightedMetric*> left, right;
  for (const std::string& name : compared(classes, first_rule)) {
    const auto of_first = one.find(name), of_second = two.find(name);
    if (of_first == one.end() || of_second == two.end()) continue;
    left.push_back(&of_first->second);
    right.push_back(&of_second->second);
  }
  const auto drawn = drawn_differences(left, right, bootstrap, options.bootstrap_samples);
  const std::vector<double> ones(first.size(), 1.0);
  std::vector<double> p_values;
  for (std::size_t figure = 0; figure < left.size(); ++figure) {
    PairedFigure paired;
    paired.name = left[figure]->name;
    paired.images = left[figure]->images;
    paired.first = left[figure]->value(ones);
    paired.second = right[figure]->value(ones);
    paired.difference = paired.first - paired.second;
    paired.interval = percentile_interval(drawn[figure], options.confidence);
    paired.test = paired.name.starts_with("auc") ? "DeLong" : paired.name == "accuracy" ? "McNemar" : "bootstrap";
    const bool of_lesions = paired.name.starts_with(kAucLesionImages);
    paired.p = of_lesions                      ? delong_p_of_lesions(first, second, first_rule)
               : paired.test == "DeLong"       ? delong_p(first, second, index)
               : paired.test == "McNemar"      ? comparison.decisions.p
               : std::isnan(paired.difference) ? kNan
                                               : bootstrap_p(drawn[figure]);
    p_values.push_back(paired.p);
    comparison.figures.push_back(paired);
  }
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t figure = 0; figure < adjusted.size(); ++figure) comparison.figures[figure].p_holm = adjusted[figure];
  return comparison;
}

std::string comparison_json(const ModelComparison& comparison) {
  Json figures = Json::array();
  for (const PairedFigure& figure : comparison.figures)
    figures.push_back({{"name", figure.name},
                       {"images", figure.images},
                       {"first", number_or_null(figure.first)},
                       {"second", number_or_null(figure.second)},
                       {"difference", number_or_null(figure.difference)},
                       {"low", number_or_null(figure.interval.low)},
                       {"high", number_or_null(figure.interval.high)},
                       {"test", figure.test},
                       {"p", number_or_null(figure.p)},
                       {"p_holm", number_or_null(figure.p_holm)}});
  const Json json{{"format", "lanet-comparison"},
                  {"version", 1},
                  {"first", comparison.first},
                  {"second", comparison.second},
                  {"positive", comparison.positive},
                  {"images", comparison.images},
                  {"groups", comparison.groups},
                  {"confidence", comparison.confidence},
                  {"bootstrap_samples", comparison.bootstrap_samples},
                  {"only_first_right", comparison.decisions.only_first_right},
                  {"only_second_right", comparison.decisions.only_second_right},
                  {"figures", figures}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparison_table(const ModelComparison& comparison) {
  std::string text = fmt::format("A: {}\nB: {}\n{} images in {} groups; positive: {}\n\n", comparison.first,
                                 comparison.second, comparison.images, comparison.groups, comparison.positive);
  std::size_t width = 6;
  for (const PairedFigure& figure : comparison.figures) width = std::max(width, figure.name.size());
  text += fmt::format("{:<{}}  {:>6}  {:>6}  {:>6}  {:<17}  {:<9}  {:>7}  {:>7}  {:>6}\n", "figure", width, "A", "B",
                      "A - B", fmt::format("{:.0f} % interval", 100 * comparison.confidence), "test", "p", "p Holm",
                      "images");
  for (const PairedFigure& figure : comparison.figures)
    text += fmt::format("{:<{}}  {:>6}  {:>6}  {:>6}  {:<17}  {:<9}  {:>7}  {:>7}  {:>6}\n", figure.name, width,
                        fixed(figure.first, 3), fixed(figure.second, 3), fixed(figure.difference, 3),
                        "[" + fixed(figure.interval.low, 3) + ", " + fixed(figure.interval.high, 3) + "]", figure.test,
                        fixed(figure.p, 4), fixed(figure.p_holm, 4), figure.images);
  text += fmt::format("\ndecisions: only A right on {} images, only B on {}\n", comparison.decisions.only_first_right,
                      comparison.decisions.only_second_right);
  text +=
      "p: how often chance alone would give such a difference; p Holm: the same, adjusted for looking at all of these "
      "figures.\nIntervals: bootstrap over groups, the same draws for both. DeLong and McNemar take images as "
      "independent: where a\npatient has many images, trust the interval.\n";
  return text;
}

void reorder_classes(std::vector<ImageResult>& results, const std::vector<std::string>& from,
                     const std::vector<std::string>& to) {
  if (from == to) return;
  std::vector<std::size_t> source;
  for (const std::string& name : to)
    source.push_back(static_cast<std::size_t>(std::find(from.begin(), from.end(), name) - from.begin()));
  if (from.size() != to.size() || std::find(source.begin(), source.end(), from.size()) != source.end())
    throw DataError({"comparison", "models of the classes " + join_text(to, ", ") + " and " + join_text(from, ", "),
                     "two models of the same classes", ""});
  for (ImageResult& result : results) {
    std::vector<double> probabilities;
    for (const std::size_t place : source)
      if (place < result.probabilities.size()) probabilities.push_back(result.probabilities[place]);
    result.probabilities = probabilities;
    if (result.truth_class >= 0)
      result.truth_class =
          std::find(source.begin(), source.end(), static_cast<std::size_t>(result.truth_class)) - source.begin();
  }
}

}  // namespace lanet
