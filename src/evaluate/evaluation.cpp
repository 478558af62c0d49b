#include "evaluate/evaluation.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/nan.hpp"
#include "core/text.hpp"
#include "evaluate/bootstrap.hpp"
#include "evaluate/weighted_metrics.hpp"

namespace lanet {
namespace {

constexpr int kBandSteps = 100;

std::vector<std::string> groups_of(const std::vector<ImageResult>& results) {
  std::vector<std::string> groups;
  for (const ImageResult& result : results) groups.push_back(result.group);
  return groups;
}

std::vector<Metric> metrics_with_intervals(const std::vector<ImageResult>& results,
                                           const std::vector<std::string>& classes, const DecisionRule& rule,
                                           const EvaluationOptions& options) {
  const auto metrics = weighted_metrics(results, classes, rule);
  const GroupBootstrap bootstrap(groups_of(results), options.seed);
  std::vector<std::vector<double>> samples(metrics.size());
  for (std::int64_t number = 0; number < options.bootstrap_samples; ++number) {
    const std::vector<double> weights = bootstrap.weights(number);
    for (std::size_t index = 0; index < metrics.size(); ++index)
      samples[index].push_back(metrics[index].value(weights));
  }
  const std::vector<double> ones(results.size(), 1.0);
  std::vector<Metric> rows;
  for (std::size_t index = 0; index < metrics.size(); ++index) {
    Metric row{metrics[index].name, metrics[index].value(ones), kNan, kNan, metrics[index].images};
    if (options.bootstrap_samples > 0) {
      const Interval interval = percentile_interval(samples[index], options.confidence);
      row.low = interval.low;
      row.high = interval.high;
    }
    rows.push_back(row);
  }
  return rows;
}

void add_curves(Evaluation& evaluation, const std::vector<ImageResult>& results, const DecisionRule& rule,
                const EvaluationOptions& options) {
  const auto positive = static_cast<std::int64_t>(rule.positive);
  std::vector<double> scores;
  std::vector<bool> positives;
  std::vector<std::string> groups;
  std::vector<std::vector<double>> probabilities;
  std::vector<std::int64_t> truth;
  for (const ImageResult& result : results) {
    const std::int64_t decision = decision_of(result, rule);
    if (result.truth_class < 0 || decision < 0) continue;
    scores.push_back(result.probabilities[static_cast<std::size_t>(positive)]);
    positives.push_back(result.truth_class == positive);
    groups.push_back(result.group);
    probabilities.push_back(result.probabilities);
    truth.push_back(result.truth_class);
    ++evaluation.confusion[static_cast<std::size_t>(result.truth_class)][static_cast<std::size_t>(decision)];
  }
  const RocCurve curve(scores, positives);
  evaluation.roc = curve.points();
  evaluation.reliability = reliability(probabilities, truth, positive, std::vector<double>(truth.size(), 1.0));
  evaluation.froc = FrocCurve(results).points();
  for (const OperatingTarget& target : options.at)
    evaluation.operating_points.push_back(
        operating_point(curve, groups, target, options.bootstrap_samples, options.confidence, options.seed));
  if (evaluation.roc.empty()) return;
  const GroupBootstrap bootstrap(groups, options.seed);
  std::vector<std::vector<double>> rates(kBandSteps + 1);
  for (std::int64_t number = 0; number < options.bootstrap_samples; ++number) {
    const std::vector<RocPoint> points = curve.points(bootstrap.weights(number));
    if (points.empty()) continue;
    for (int step = 0; step <= kBandSteps; ++step)
      rates[static_cast<std::size_t>(step)].push_back(
          true_positive_rate_at(points, step / static_cast<double>(kBandSteps)));
  }
  if (rates.front().empty()) return;
  for (int step = 0; step <= kBandSteps; ++step) {
    const Interval interval = percentile_interval(rates[static_cast<std::size_t>(step)], options.confidence);
    evaluation.roc_band.push_back({step / static_cast<double>(kBandSteps), interval.low, interval.high});
  }
}

std::string subgroup_of(const ImageResult& result, const std::string& column, const std::vector<std::string>& classes) {
  if (column == "class") return result.truth_class < 0 ? "" : classes[static_cast<std::size_t>(result.truth_class)];
  if (column == "location") return to_text(result.location);
  const auto found = result.extra.find(column);
  return found == result.extra.end() ? "" : found->second;
}

void add_subgroups(Evaluation& evaluation, const std::vector<ImageResult>& results, const DecisionRule& rule,
                   const EvaluationOptions& options) {
  std::map<std::string, std::vector<ImageResult>> parts;
  for (const ImageResult& result : results)
    parts[subgroup_of(result, options.by, evaluation.classes)].push_back(result);
  if (parts.size() == 1 && parts.begin()->first.empty())
    throw DataError({"--by", options.by, "a column of the manifest, class or location", ""});
  for (const auto& [value, part] : parts)
    evaluation.subgroups.push_back({value.empty() ? "(none)" : value, static_cast<std::int64_t>(part.size()),
                                    metrics_with_intervals(part, evaluation.classes, rule, options)});
}

}  // namespace

void EvaluationOptions::validate() const {
  require_range("bootstrap_samples", static_cast<double>(bootstrap_samples), 0, 1'000'000);
  require_range("confidence", confidence, 0.5, 0.9999);
  require_range("threshold", threshold, 0, 1);
  require_range("lesion_threshold", lesion_threshold, 0, 1);
}

void require_subgroup_column(const Manifest& manifest, const std::vector<std::string>& ids, const std::string& by) {
  if (by.empty() || by == "class" || by == "location") return;
  std::vector<std::string> columns{"class", "location"};
  columns.insert(columns.end(), manifest.extra_columns.begin(), manifest.extra_columns.end());
  if (std::find(columns.begin(), columns.end(), by) == columns.end()) {
    const std::string near = nearest_name(by, columns);
    throw ConfigError(
        {"--by", "'" + by + "'", "one of " + join_text(columns, ", "),
         near.empty() ? "further columns of the manifest serve as subgroups" : "did you mean " + near + "?"});
  }
  const auto positions = manifest.find_all(ids);
  const bool any = std::any_of(positions.begin(), positions.end(), [&](const std::size_t position) {
    const auto found = manifest.samples[position].extra.find(by);
    return found != manifest.samples[position].extra.end() && !found->second.empty();
  });
  if (!any)
    throw ConfigError({"--by", "the column " + by + ", which is empty for every image of the subset",
                       "a column with values", "fill it in the manifest"});
}

Metric Evaluation::metric(const std::string& name) const {
  for (const Metric& metric : metrics)
    if (metric.name == name) return metric;
  return {name, kNan, kNan, kNan, 0};
}

Evaluation evaluate(const std::vector<ImageResult>& results, const std::vector<std::string>& classes,
                    const std::string& positive, const EvaluationOptions& options) {
  options.validate();
  if (results.empty()) throw DataError({"evaluation", "no image", "at least one", "look at the subset's name"});
  if (std::find(classes.begin(), classes.end(), positive) == classes.end())
    throw DataError({"evaluation", "positive class " + positive, "one of the model's classes", ""});
  const DecisionRule rule = decision_rule(classes, positive, options.threshold, options.lesion_threshold);
  Evaluation evaluation;
  evaluation.classes = classes;
  evaluation.positive = positive;
  evaluation.images = static_cast<std::int64_t>(results.size());
  evaluation.groups = GroupBootstrap(groups_of(results), options.seed).groups();
  evaluation.threshold = options.threshold;
  if (rule.normal) evaluation.normal = classes[*rule.normal];
  evaluation.lesion_threshold = options.lesion_threshold;
  evaluation.confidence = options.confidence;
  evaluation.bootstrap_samples = options.bootstrap_samples;
  evaluation.by = options.by;
  evaluation.confusion.assign(classes.size(), std::vector<std::int64_t>(classes.size(), 0));
  evaluation.metrics = metrics_with_intervals(results, classes, rule, options);
  add_curves(evaluation, results, rule, options);
  if (!options.by.empty()) add_subgroups(evaluation, results, rule, options);
  return evaluation;
}

}  // namespace lanet
