#include "infer/decision.hpp"

#include <algorithm>

#include "finding/class_meaning.hpp"

namespace lanet {
namespace {

/// The first of the highest ones, the normal class aside.
std::size_t most_probable(std::span<const double> probabilities, const std::optional<std::size_t>& aside) {
  std::size_t best = aside == std::size_t{0} ? 1 : 0;
  for (std::size_t index = best + 1; index < probabilities.size(); ++index)
    if (index != aside && probabilities[index] > probabilities[best]) best = index;
  return best;
}

}  // namespace

DecisionRule decision_rule(const std::vector<std::string>& classes, const std::string& positive, double threshold,
                           double lesion_threshold) {
  const auto index_of = [&classes](const std::string& name) {
    return static_cast<std::size_t>(std::find(classes.begin(), classes.end(), name) - classes.begin());
  };
  DecisionRule rule;
  rule.positive = std::min(index_of(positive), classes.size() - 1);
  rule.threshold = threshold;
  rule.lesion_threshold = lesion_threshold;
  const std::size_t normal = index_of(known_normal_class(classes));
  if (normal < classes.size() && normal != rule.positive) rule.normal = normal;
  return rule;
}

bool threshold_decides(std::size_t classes, const DecisionRule& rule) { return classes == (rule.normal ? 3U : 2U); }

double lesion_probability(std::span<const double> probabilities, const DecisionRule& rule) {
  return rule.normal ? 1 - probabilities[*rule.normal] : 1;
}

double positive_of_lesions(std::span<const double> probabilities, const DecisionRule& rule) {
  if (!rule.normal) return probabilities[rule.positive];
  const double lesion = lesion_probability(probabilities, rule);
  return lesion > 0 ? probabilities[rule.positive] / lesion : 0;
}

std::size_t decide(std::span<const double> probabilities, const DecisionRule& rule) {
  if (rule.normal && lesion_probability(probabilities, rule) < rule.lesion_threshold) return *rule.normal;
  if (!threshold_decides(probabilities.size(), rule)) return most_probable(probabilities, rule.normal);
  if (positive_of_lesions(probabilities, rule) >= rule.threshold) return rule.positive;
  for (std::size_t index = 0; index < probabilities.size(); ++index)
    if (index != rule.positive && index != rule.normal) return index;
  return rule.positive;
}

}  // namespace lanet
