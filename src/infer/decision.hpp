#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lanet {

/// How the probabilities of an image's classes become a decision.
struct DecisionRule {
  std::size_t positive = 0;           // index of the class that `threshold` is of
  double threshold = 0.5;             // the positive class is decided for at and above it
  std::optional<std::size_t> normal;  // index of the class of images without a lesion; unset: there is none
  double lesion_threshold = 0.5;      // a lesion is said to be there at and above this 1 - p(normal)
};

/// The rule for a model's classes; the normal class is known by its name (known_normal_class). A positive class that is
/// not among them is the last one.
DecisionRule decision_rule(const std::vector<std::string>& classes, const std::string& positive, double threshold,
                           double lesion_threshold);

/// Whether the rule's threshold decides between the classes with a lesion: of exactly two it does.
bool threshold_decides(std::size_t classes, const DecisionRule& rule);

/// Probability that there is a lesion: 1 - p(normal). 1 without a normal class.
double lesion_probability(std::span<const double> probabilities, const DecisionRule& rule);

/// Probability of the positive class where there is a lesion: p(positive) / (1 - p(normal)); p(positive) without a
/// normal class. 0 where p(normal) is 1.
double positive_of_lesions(std::span<const double> probabilities, const DecisionRule& rule);

/// Index of the class decided for.
/// With a normal class: normal where 1 - p(normal) < lesion_threshold; else among the others: of exactly two the
/// positive one where p(positive) / (1 - p(normal)) >= threshold, else the other one; otherwise the most probable.
/// Without: of two classes the positive one at and above the threshold; of more the most probable.
std::size_t decide(std::span<const double> probabilities, const DecisionRule& rule);

}  // namespace lanet
