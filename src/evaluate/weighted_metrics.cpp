#include "evaluate/weighted_metrics.hpp"

#include <cmath>
#include <memory>

#include "core/nan.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/froc.hpp"
#include "evaluate/roc.hpp"

namespace lanet {
namespace {

using Weights = std::vector<double>;

double ratio(double part, double whole) { return whole > 0 ? part / whole : kNan; }

/// Two-by-two table of one class against the rest.
struct Counts {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  double accuracy() const {
    return ratio(true_positive + true_negative, true_positive + false_positive + true_negative + false_negative);
  }
  double precision() const { return ratio(true_positive, true_positive + false_positive); }
  double sensitivity() const { return ratio(true_positive, true_positive + false_negative); }
  double specificity() const { return ratio(true_negative, true_negative + false_positive); }
  double f1() const { return ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative); }
};

struct CountMetric {
  const char* name;
  double (Counts::*value)() const;
};
constexpr CountMetric kCountMetrics[] = {{"precision", &Counts::precision},
                                         {"sensitivity", &Counts::sensitivity},
                                         {"specificity", &Counts::specificity},
                                         {"f1", &Counts::f1}};

/// Truth, decision and probabilities of the images whose class is known.
struct Classified {
  std::vector<std::size_t> images;  // position in the list of results
  std::vector<std::int64_t> truth;
  std::vector<std::int64_t> decision;
  std::vector<std::vector<double>> probabilities;

  Weights pick(const Weights& weights) const {
    Weights picked;
    for (const std::size_t image : images) picked.push_back(weights[image]);
    return picked;
  }

  /// Whether an image with a weight is of this class.
  bool has(std::int64_t of, const Weights& weights) const {
    for (std::size_t index = 0; index < images.size(); ++index)
      if (truth[index] == of && weights[images[index]] > 0) return true;
    return false;
  }

  Counts count(std::int64_t positive, const Weights& weights) const {
    Counts counts;
    for (std::size_t index = 0; index < images.size(); ++index) {
      const bool is = truth[index] == positive;
      const bool said = decision[index] == positive;
      double& cell = is ? (said ? counts.true_positive : counts.false_negative)
                        : (said ? counts.false_positive : counts.true_negative);
      cell += weights[images[index]];
    }
    return counts;
  }
};

Classified classified_images(const std::vector<ImageResult>& results, const DecisionRule& rule) {
  Classified images;
  for (std::size_t image = 0; image < results.size(); ++image) {
    const ImageResult& result = results[image];
    if (result.truth_class < 0 || result.probabilities.empty()) continue;
    images.images.push_back(image);
    images.truth.push_back(result.truth_class);
    images.decision.push_back(decision_of(result, rule));
    images.probabilities.push_back(result.probabilities);
  }
  return images;
}

/// Precision ... f1 and AUC of one class against the rest.
std::vector<WeightedMetric> one_vs_rest(const std::shared_ptr<const Classified>& data, std::int64_t positive) {
  const auto images = static_cast<std::int64_t>(data->images.size());
  std::vector<WeightedMetric> metrics;
  for (const CountMetric& metric : kCountMetrics)
    metrics.push_back({metric.name, images, [data, positive, value = metric.value](const Weights& weights) {
                         return (data->count(positive, weights).*value)();
                       }});
  std::vector<double> scores;
  std::vector<bool> positives;
  for (std::size_t index = 0; index < data->images.size(); ++index) {
    scores.push_back(data->probabilities[index][static_cast<std::size_t>(positive)]);
    positives.push_back(data->truth[index] == positive);
  }
  metrics.push_back({"auc", images, [data, curve = RocCurve(scores, positives)](const Weights& weights) {
                       return curve.area(data->pick(weights));
                     }});
  return metrics;
}

/// Mean of the figures of the classes that the images have. A class without an image says nothing: its precision would
/// be 0 for one wrong decision.
WeightedMetric macro_of(const std::shared_ptr<const Classified>& data,
                        const std::vector<std::vector<WeightedMetric>>& per_class, std::size_t index) {
  std::vector<WeightedMetric> parts;
  for (const auto& metrics : per_class) parts.push_back(metrics[index]);
  return {"macro_" + parts.front().name, parts.front().images, [data, parts](const Weights& weights) {
            double sum = 0, count = 0;
            for (std::size_t part = 0; part < parts.size(); ++part) {
              if (!data->has(static_cast<std::int64_t>(part), weights)) continue;
              const double value = parts[part].value(weights);
              if (std::isnan(value)) continue;
              sum += value;
              count += 1;
            }
            return ratio(sum, count);
          }};
}

void add_class_metrics(std::vector<WeightedMetric>& metrics, const std::shared_ptr<const Classified>& data,
                       const std::vector<std::string>& classes, std::int64_t positive) {
  const auto images = static_cast<std::int64_t>(data->images.size());
  metrics.push_back({"accuracy", images, [data](const Weights& weights) {
                       double right = 0, all = 0;
                       for (std::size_t index = 0; index < data->images.size(); ++index) {
                         const double weight = weights[data->images[index]];
                         all += weight;
                         if (data->truth[index] == data->decision[index]) right += weight;
                       }
                       return ratio(right, all);
                     }});
  if (classes.size() == 2) {
    for (WeightedMetric& metric : one_vs_rest(data, positive)) metrics.push_back(std::move(metric));
  } else {
    std::vector<std::vector<WeightedMetric>> per_class;
    for (std::size_t index = 0; index < classes.size(); ++index)
      per_class.push_back(one_vs_rest(data, static_cast<std::int64_t>(index)));
    for (std::size_t index = 0; index < per_class.front().size(); ++index)
      metrics.push_back(macro_of(data, per_class, index));
    for (std::size_t index = 0; index < classes.size(); ++index)
      for (WeightedMetric metric : per_class[index]) {
        metric.name += "[" + classes[index] + "]";
        metrics.push_back(std::move(metric));
      }
  }
  metrics.push_back({"brier", images, [data](const Weights& weights) {
                       return brier_score(data->probabilities, data->truth, data->pick(weights));
                     }});
  metrics.push_back({"ece", images, [data, positive](const Weights& weights) {
                       return calibration_error(
                           reliability(data->probabilities, data->truth, positive, data->pick(weights)));
                     }});
}

/// The share of the images for which `of` holds that were decided for a class. Left out where there is no such image.
template <class Condition>
void add_share(std::vector<WeightedMetric>& metrics, const std::string& name,
               const std::shared_ptr<const Classified>& data, const Condition& of, std::int64_t decision) {
  std::vector<std::size_t> chosen;
  for (std::size_t index = 0; index < data->images.size(); ++index)
    if (of(data->truth[index])) chosen.push_back(index);
  if (chosen.empty()) return;
  metrics.push_back({name, static_cast<std::int64_t>(chosen.size()), [data, chosen, decision](const Weights& weights) {
                       double said = 0, all = 0;
                       for (const std::size_t index : chosen) {
                         const double weight = weights[data->images[index]];
                         all += weight;
                         if (data->decision[index] == decision) said += weight;
                       }
                       return ratio(said, all);
                     }});
}

void add_normal_metrics(std::vector<WeightedMetric>& metrics, const std::shared_ptr<const Classified>& data,
                        const LesionScores& lesions, const std::string& positive, const DecisionRule& rule) {
  const auto normal = static_cast<std::int64_t>(*rule.normal);
  const auto is_normal = [normal](std::int64_t truth) { return truth == normal; };
  const auto has_lesion = [normal](std::int64_t truth) { return truth != normal; };
  add_share(metrics, "normal_specificity", data, is_normal, normal);
  add_share(metrics, "lesion_called_normal", data, has_lesion, normal);
  add_share(metrics, "normal_called[" + positive + "]", data, is_normal, static_cast<std::int64_t>(rule.positive));
  if (lesions.images.empty()) return;
  metrics.push_back(
      {"auc_lesion_images[" + positive + "]", static_cast<std::int64_t>(lesions.images.size()),
       [images = lesions.images, curve = RocCurve(lesions.scores, lesions.positives)](const Weights& weights) {
         Weights picked;
         for (const std::size_t image : images) picked.push_back(weights[image]);
         return curve.area(picked);
       }});
}

/// Mean of a number over the images that have it.
void add_mean(std::vector<WeightedMetric>& metrics, const std::string& name, const std::vector<ImageResult>& results,
              const std::function<std::optional<double>(const ImageResult&)>& value_of) {
  std::vector<std::pair<std::size_t, double>> values;
  for (std::size_t image = 0; image < results.size(); ++image)
    if (const auto value = value_of(results[image])) values.emplace_back(image, *value);
  if (values.empty()) return;
  metrics.push_back({name, static_cast<std::int64_t>(values.size()), [values](const Weights& weights) {
                       double sum = 0, all = 0;
                       for (const auto& [image, value] : values) {
                         sum += weights[image] * value;
                         all += weights[image];
                       }
                       return ratio(sum, all);
                     }});
}

void add_location_metrics(std::vector<WeightedMetric>& metrics, const std::vector<ImageResult>& results) {
  const auto add = [&](const char* name, std::optional<double> ImageResult::*member) {
    add_mean(metrics, name, results, [member](const ImageResult& result) { return result.*member; });
  };
  add("jsi", &ImageResult::jsi);
  add("jsi_input", &ImageResult::jsi_input);
  add("ceiling_jsi", &ImageResult::ceiling_jsi);
  add("dice", &ImageResult::dice);
  add("hd95_px", &ImageResult::hd95_px);
  add("assd_px", &ImageResult::assd_px);
  add("hd95_mm", &ImageResult::hd95_mm);
  add("assd_mm", &ImageResult::assd_mm);
  const FrocCurve froc(results);
  if (froc.lesions() > 0)
    for (const double false_positives : {0.5, 1.0})
      metrics.push_back({false_positives == 1 ? "lesion_sensitivity@1fp" : "lesion_sensitivity@0.5fp",
                         static_cast<std::int64_t>(results.size()), [froc, false_positives](const Weights& weights) {
                           return froc.sensitivity_at(false_positives, weights);
                         }});
  add_mean(metrics, "false_positive_rate", results, [](const ImageResult& result) -> std::optional<double> {
    if (!result.false_area) return std::nullopt;
    return *result.false_area > 0 ? 1.0 : 0.0;
  });
  add("false_area", &ImageResult::false_area);
}

}  // namespace

std::int64_t decision_of(const ImageResult& result, const DecisionRule& rule) {
  if (result.probabilities.empty()) return -1;
  return static_cast<std::int64_t>(decide(result.probabilities, rule));
}

LesionScores lesion_scores(const std::vector<ImageResult>& results, const DecisionRule& rule) {
  LesionScores lesions;
  if (!rule.normal) return lesions;
  for (std::size_t image = 0; image < results.size(); ++image) {
    const ImageResult& result = results[image];
    if (result.truth_class < 0 || result.probabilities.empty() ||
        static_cast<std::size_t>(result.truth_class) == *rule.normal)
      continue;
    lesions.images.push_back(image);
    lesions.scores.push_back(positive_of_lesions(result.probabilities, rule));
    lesions.positives.push_back(static_cast<std::size_t>(result.truth_class) == rule.positive);
  }
  return lesions;
}

std::vector<WeightedMetric> weighted_metrics(const std::vector<ImageResult>& results,
                                             const std::vector<std::string>& classes, const DecisionRule& rule) {
  std::vector<WeightedMetric> metrics;
  const auto data = std::make_shared<const Classified>(classified_images(results, rule));
  if (!data->images.empty()) {
    add_class_metrics(metrics, data, classes, static_cast<std::int64_t>(rule.positive));
    if (rule.normal) add_normal_metrics(metrics, data, lesion_scores(results, rule), classes[rule.positive], rule);
  }
  bool located = false;
  for (const ImageResult& result : results) located = located || result.jsi || result.false_area;
  if (located) add_location_metrics(metrics, results);
  add_mean(metrics, "heat_inside", results, [](const ImageResult& result) { return result.heat_inside; });
  return metrics;
}

}  // namespace lanet
