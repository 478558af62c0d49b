#include "experiment/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/nan.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "dataset/classes.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/evaluation.hpp"
#include "evaluate/roc.hpp"
#include "evaluate/weighted_metrics.hpp"
#include "experiment/cell_record.hpp"
#include "infer/decision.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr double kThreshold = 0.5;
constexpr double kConfidence = 0.95;

/// What is computed of every repeat: what the suite draws and what every comparison needs.
std::vector<std::string> metric_names(const Suite& suite) {
  std::vector<std::string> names = suite.metrics;
  for (const char* name : {"accuracy", "auc", "jsi"})
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  return names;
}

/// What the run's models decided for: as its evaluation says, else as the names of the classes say. Throws DataError.
std::string positive_of_run(const fs::path& run, const std::vector<std::string>& classes) {
  const fs::path evaluation = run / "evaluation_test.json";
  const std::string positive = fs::exists(evaluation)
                                   ? evaluation_from_json(read_text_file(evaluation), evaluation.string()).positive
                                   : known_positive_class(classes);
  if (std::find(classes.begin(), classes.end(), positive) == classes.end())
    throw DataError({run.string(), "the classes " + join_text(classes, ", ") + " without word of the positive one",
                     "evaluation_test.json with one of them as positive", "evaluate the run's model again"});
  return positive;
}

ResultTable read_results(const fs::path& file) { return results_from_csv(read_text_file(file), file.string()); }

/// Adds what `lanet explain` measured, where it did.
void add_heat(std::vector<ImageResult>& results, const fs::path& file) {
  if (!fs::exists(file)) return;
  const CsvTable table = read_csv(file);
  const auto id = static_cast<std::size_t>(table.require_column("id"));
  const auto heat = static_cast<std::size_t>(table.require_column("heat_inside"));
  std::map<std::string, double> inside;
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    if (!table.rows[row][heat].empty())
      inside[table.rows[row][id]] = parse_number(table.rows[row][heat], table.row_place(row), "heat_inside");
  for (ImageResult& result : results)
    if (const auto found = inside.find(result.id); found != inside.end()) result.heat_inside = found->second;
}

/// The images whose class is known, as scores of the positive class.
struct Scores {
  std::vector<double> scores;
  std::vector<bool> positives;
  std::vector<std::vector<double>> probabilities;
  std::vector<std::int64_t> truth;
};

Scores scores_of(const std::vector<ImageResult>& results, const std::vector<std::vector<double>>& probabilities,
                 std::size_t positive) {
  Scores scores;
  for (std::size_t image = 0; image < results.size(); ++image) {
    if (results[image].truth_class < 0 || probabilities[image].empty()) continue;
    scores.scores.push_back(probabilities[image][positive]);
    scores.positives.push_back(results[image].truth_class == static_cast<std::int64_t>(positive));
    scores.probabilities.push_back(probabilities[image]);
    scores.truth.push_back(results[image].truth_class);
  }
  return scores;
}

std::vector<std::vector<double>> probabilities_of(const std::vector<ImageResult>& results) {
  std::vector<std::vector<double>> rows;
  for (const ImageResult& result : results) rows.push_back(result.probabilities);
  return rows;
}

double ece_of(const Scores& scores, const std::vector<std::vector<double>>& probabilities, std::size_t positive) {
  const std::vector<double> ones(scores.truth.size(), 1.0);
  return calibration_error(reliability(probabilities, scores.truth, static_cast<std::int64_t>(positive), ones));
}

DecisionRule rule_of(const ResultGroup& group) {
  return decision_rule(group.classes, group.classes[group.positive_index()], kThreshold, kThreshold);
}

/// The results of a metric function per weights, for the names wanted.
std::map<std::string, WeightedMetric> functions_of(const std::vector<ImageResult>& results, const ResultGroup& group,
                                                   const std::vector<std::string>& names) {
  std::map<std::string, WeightedMetric> found;
  for (WeightedMetric& metric : weighted_metrics(results, group.classes, rule_of(group)))
    if (std::find(names.begin(), names.end(), metric.name) != names.end())
      found.emplace(metric.name, std::move(metric));
  return found;
}

void measure(Repeat& repeat, const ResultGroup& group, const std::vector<ImageResult>& validation,
             const std::vector<std::string>& names) {
  const std::vector<double> ones(repeat.results.size(), 1.0);
  const auto functions = functions_of(repeat.results, group, names);
  for (const std::string& name : names) {
    const auto found = functions.find(name);
    repeat.metrics[name] = found == functions.end() ? kNan : found->second.value(ones);
  }
  const std::size_t positive = group.positive_index();
  const Scores inner = scores_of(validation, probabilities_of(validation), positive);
  const Scores outer = scores_of(repeat.results, probabilities_of(repeat.results), positive);
  repeat.temperature = fit_temperature(inner.probabilities, inner.truth);
  repeat.ece = ece_of(outer, outer.probabilities, positive);
  repeat.ece_calibrated = ece_of(outer, scale_temperature(outer.probabilities, repeat.temperature), positive);
  const std::vector<double> one_each(outer.truth.size(), 1.0);
  repeat.brier = brier_score(outer.probabilities, outer.truth, one_each);
  repeat.brier_calibrated =
      brier_score(scale_temperature(outer.probabilities, repeat.temperature), outer.truth, one_each);
  const auto curve = RocCurve(outer.scores, outer.positives).points();
  repeat.sensitivity_at_90 = curve.empty() ? kNan : true_positive_rate_at(curve, 0.1);
}

/// One seed's cells (one a fold) as a repeat; nothing while one of them is missing.
std::optional<Repeat> read_repeat(const std::vector<const Cell*>& folds, const fs::path& results, ResultGroup& group,
                                  const std::vector<std::string>& names) {
  Repeat repeat;
  repeat.seed = folds.front()->seed;
  std::vector<ImageResult> validation;
  for (const Cell* cell : folds) {
    if (read_cell_record(results, *cell).state != CellState::kComplete) return std::nullopt;
    const fs::path run = cell_run(results, *cell);
    ResultTable test = read_results(run / "predictions_test.csv"), val = read_results(run / "predictions_val.csv");
    if (!group.classes.empty() && group.classes != test.classes)
      throw DataError(
          {run.string(), "other classes than the cells beside it", "the same", "was the data set changed?"});
    group.classes = test.classes;
    if (group.positive.empty()) group.positive = positive_of_run(run, group.classes);
    add_heat(test.results, run / "explain" / "explain.csv");
    repeat.results.insert(repeat.results.end(), test.results.begin(), test.results.end());
    validation.insert(validation.end(), val.results.begin(), val.results.end());
  }
  std::sort(repeat.results.begin(), repeat.results.end(),
            [](const ImageResult& a, const ImageResult& b) { return a.id < b.id; });
  measure(repeat, group, validation, names);
  return repeat;
}

void check_same_images(const ResultGroup& first, const ResultGroup& second) {
  const auto& left = first.repeats.front().results;
  const auto& right = second.repeats.front().results;
  const bool same = left.size() == right.size() &&
                    std::equal(left.begin(), left.end(), right.begin(),
                               [](const ImageResult& a, const ImageResult& b) { return a.id == b.id; });
  if (!same)
    throw DataError({second.cell.name, "other test images than " + first.cell.name, "the same",
                     "train the cells anew on one split"});
}

ResultGroup read_group(const std::vector<const Cell*>& cells, const fs::path& results,
                       const std::vector<std::string>& names) {
  ResultGroup group;
  group.cell = *cells.front();
  std::map<std::int64_t, std::vector<const Cell*>> by_seed;
  for (const Cell* cell : cells) by_seed[cell->seed].push_back(cell);
  for (const auto& [seed, folds] : by_seed) {
    auto repeat = read_repeat(folds, results, group, names);
    if (repeat)
      group.repeats.push_back(std::move(*repeat));
    else
      ++group.missing;
  }
  if (group.repeats.empty()) return group;
  for (const Repeat& repeat : group.repeats) {
    ResultGroup single;
    single.cell = group.cell;
    single.repeats.push_back(repeat);
    check_same_images(group, single);
  }
  std::set<std::string> groups;
  for (const ImageResult& result : group.repeats.front().results)
    groups.insert(result.group.empty() ? "image " + result.id : result.group);
  group.images = static_cast<std::int64_t>(group.repeats.front().results.size());
  group.groups = static_cast<std::int64_t>(groups.size());
  for (const std::string& name : names) {
    std::vector<double> values;
    for (const Repeat& repeat : group.repeats) values.push_back(repeat.metrics.at(name));
    group.metrics[name] = summarize(values, kConfidence);
  }
  return group;
}

/// Differences of a metric's mean over seeds in bootstrap samples: clusters are drawn once for both sides, seeds for
/// each side.
std::vector<double> bootstrap_differences(const ResultGroup& left, const ResultGroup& right, const std::string& metric,
                                          const AnalysisOptions& options) {
  const auto functions = [&](const ResultGroup& group) {
    std::vector<WeightedMetric> found;
    for (const Repeat& repeat : group.repeats) {
      auto named = functions_of(repeat.results, group, {metric});
      if (named.contains(metric)) found.push_back(std::move(named.at(metric)));
    }
    return found;
  };
  const auto left_functions = functions(left), right_functions = functions(right);
  std::vector<double> differences;
  if (left_functions.empty() || right_functions.empty()) return differences;
  std::vector<std::string> groups;
  for (const ImageResult& result : left.repeats.front().results) groups.push_back(result.group);
  const GroupBootstrap bootstrap(groups, options.seed);
  for (std::int64_t sample = 0; sample < options.bootstrap_samples; ++sample) {
    const std::vector<double> weights = bootstrap.weights(sample);
    RandomStream random(options.seed, "bootstrap of seeds", static_cast<std::uint64_t>(sample));
    const auto mean_of_drawn = [&](const std::vector<WeightedMetric>& repeats) {
      double sum = 0;
      for (std::size_t draw = 0; draw < repeats.size(); ++draw)
        sum += repeats[random.below(repeats.size())].value(weights);
      return sum / static_cast<double>(repeats.size());
    };
    const double left_mean = mean_of_drawn(left_functions);
    differences.push_back(left_mean - mean_of_drawn(right_functions));
  }
  return differences;
}

std::vector<bool> right_decisions(const Scores& scores, const DecisionRule& rule) {
  std::vector<bool> right;
  for (std::size_t image = 0; image < scores.truth.size(); ++image)
    right.push_back(static_cast<std::int64_t>(decide(scores.probabilities[image], rule)) == scores.truth[image]);
  return right;
}

Comparison compare(const SuiteResult& result, std::size_t left, std::size_t right, const std::string& metric,
                   const AnalysisOptions& options) {
  const ResultGroup &one = result.groups[left], &two = result.groups[right];
  check_same_images(one, two);
  Comparison comparison;
  comparison.left = left;
  comparison.right = right;
  comparison.metric = metric;
  const auto values = [&](const ResultGroup& group) {
    std::vector<double> found;
    for (const Repeat& repeat : group.repeats)
      if (!std::isnan(repeat.metrics.at(metric))) found.push_back(repeat.metrics.at(metric));
    return found;
  };
  comparison.t = unpaired_t_test(values(one), values(two));
  comparison.effect = hedges_g(values(one), values(two));
  comparison.difference = one.metrics.at(metric).mean - two.metrics.at(metric).mean;
  const auto differences = bootstrap_differences(one, two, metric, options);
  comparison.interval = percentile_interval(differences, kConfidence);
  const std::size_t positive = one.positive_index();
  const auto scores = [&](const ResultGroup& group) {
    return scores_of(group.repeats.front().results, mean_probabilities(group), positive);
  };
  if (metric == "auc" && one.classes.size() == 2) {
    comparison.test = "DeLong";
    comparison.p = delong_test(scores(one).scores, scores(two).scores, scores(one).positives).p;
  } else if (metric == "accuracy") {
    const DecisionRule rule = rule_of(one);
    comparison.test = "McNemar";
    comparison.p = mcnemar_test(right_decisions(scores(one), rule), right_decisions(scores(two), rule)).p;
  } else {
    comparison.test = "bootstrap";
    comparison.p = bootstrap_p(differences);
  }
  return comparison;
}

/// Whether two groups differ by nothing but the head (vanilla has no labels, level or share of its own).
bool comparable(const Cell& left, const Cell& right) {
  const bool same_location =
      left.labels == right.labels && left.mask_level == right.mask_level && left.location_share == right.location_share;
  return left.data == right.data && left.backbone == right.backbone && left.size == right.size &&
         left.head != right.head && (same_location || !locates(right.head));
}

void adjust(std::vector<Comparison>& comparisons) {
  std::vector<double> t, other;
  for (const Comparison& comparison : comparisons) {
    t.push_back(comparison.t.p);
    other.push_back(comparison.p);
  }
  const auto t_holm = holm(t), other_holm = holm(other);
  for (std::size_t index = 0; index < comparisons.size(); ++index) {
    comparisons[index].t_holm = t_holm[index];
    comparisons[index].p_holm = other_holm[index];
  }
}

}  // namespace

SuiteResult analyse(const Suite& suite, const std::vector<Cell>& cells, const fs::path& results,
                    const AnalysisOptions& options) {
  SuiteResult result{suite, {}, {}};
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Cell*>> by_group;
  for (const Cell& cell : cells) {
    auto& members = by_group[cell.group()];
    if (members.empty()) order.push_back(cell.group());
    members.push_back(&cell);
  }
  const auto names = metric_names(suite);
  for (const std::string& name : order) result.groups.push_back(read_group(by_group.at(name), results, names));
  for (std::size_t left = 0; left < result.groups.size(); ++left)
    for (std::size_t right = 0; right < result.groups.size(); ++right) {
      const ResultGroup &one = result.groups[left], &two = result.groups[right];
      if (one.cell.head != suite.tested || !comparable(one.cell, two.cell)) continue;
      if (one.repeats.empty() || two.repeats.empty()) continue;
      for (const std::string& metric : names)
        if (one.metrics.at(metric).count > 0 && two.metrics.at(metric).count > 0)
          result.comparisons.push_back(compare(result, left, right, metric, options));
    }
  adjust(result.comparisons);
  return result;
}

std::size_t ResultGroup::positive_index() const {
  return static_cast<std::size_t>(std::find(classes.begin(), classes.end(), positive) - classes.begin());
}

std::vector<std::vector<double>> mean_probabilities(const ResultGroup& group) {
  auto mean = probabilities_of(group.repeats.front().results);
  for (auto& row : mean) std::fill(row.begin(), row.end(), 0.0);
  for (const Repeat& repeat : group.repeats)
    for (std::size_t image = 0; image < mean.size(); ++image)
      for (std::size_t index = 0; index < mean[image].size(); ++index)
        mean[image][index] += repeat.results[image].probabilities[index] / static_cast<double>(group.repeats.size());
  return mean;
}

std::string head_title(const std::string& head) {
  static const std::map<std::string, std::string> titles{{"vanilla", "vanilla"},
                                                         {"rmtl", "RMTL"},
                                                         {"rmtl_code", "RMTL (authors' code)"},
                                                         {"la_net", "LA-Net"},
                                                         {"no_cam", "without CAM"},
                                                         {"no_sam", "without SAM"},
                                                         {"no_mam", "without MAM"},
                                                         {"pyramid", "LA-Net, pyramid"},
                                                         {"unet", "U-Net"}};
  return titles.at(head);
}

}  // namespace lanet
