#include "infer/decision.hpp"

#include <gtest/gtest.h>

#include "infer/finder.hpp"

namespace lanet {
namespace {

using Probabilities = std::vector<double>;

DecisionRule rule_of(std::size_t positive, double threshold) {
  DecisionRule rule;
  rule.positive = positive;
  rule.threshold = threshold;
  return rule;
}

/// Of benign, malignant, normal.
std::string decided(const Probabilities& probabilities, double threshold, double lesion_threshold) {
  const std::vector<std::string> classes{"benign", "malignant", "normal"};
  return classes[decide(probabilities, decision_rule(classes, "malignant", threshold, lesion_threshold))];
}

TEST(Decide, ThresholdForTwoLargestForMoreWithoutANormalClass) {
  EXPECT_EQ(decide(Probabilities{0.7, 0.3}, rule_of(1, 0.3)), 1U);
  EXPECT_EQ(decide(Probabilities{0.7, 0.3}, rule_of(1, 0.31)), 0U);
  EXPECT_EQ(decide(Probabilities{0.6, 0.4}, rule_of(0, 0.5)), 0U);
  EXPECT_EQ(decide(Probabilities{0.2, 0.5, 0.3}, rule_of(0, 0.1)), 1U);
  EXPECT_EQ(decide(Probabilities{0.4, 0.2, 0.4}, rule_of(2, 0.1)), 0U) << "the first of equal ones";
}

TEST(Decide, FirstWhetherThereIsALesionThenWhich) {
  // benign, malignant, normal: P(lesion) = 0.5, at the threshold; malignant among lesions 0.25 / 0.5
  EXPECT_EQ(decided({0.25, 0.25, 0.5}, 0.5, 0.5), "malignant");
  EXPECT_EQ(decided({0.25, 0.25, 0.5}, 0.51, 0.5), "benign");
  EXPECT_EQ(decided({0.25, 0.25, 0.5}, 0.5, 0.51), "normal");
  // Normal is the most probable, and there may be a lesion still: P(lesion) = 0.6
  EXPECT_EQ(decided({0.3, 0.3, 0.4}, 0.6, 0.5), "benign");
  // Malignant is the most probable, and normal is said all the same: P(lesion) = 0.75
  EXPECT_EQ(decided({0, 0.75, 0.25}, 0.5, 0.8), "normal");
  // malignant among lesions 0.125 / 0.5 = 0.25
  EXPECT_EQ(decided({0.375, 0.125, 0.5}, 0.25, 0.3), "malignant");
  // A threshold of 0 finds a lesion in everything, a sure normal image among them.
  EXPECT_EQ(decided({0, 0, 1}, 0.5, 0), "benign");
  EXPECT_EQ(decided({0, 0, 1}, 0.5, 1), "normal");
  EXPECT_EQ(decided({1, 0, 0}, 0.5, 1), "benign");
}

TEST(Decide, OfMoreThanTwoOthersTheMostProbable) {
  const std::vector<std::string> classes{"no lesion", "cyst", "benign", "malignant"};
  const DecisionRule rule = decision_rule(classes, "malignant", 0.1, 0.5);
  EXPECT_EQ(rule.normal, 0U);
  EXPECT_EQ(decide(Probabilities{0.4, 0.1, 0.3, 0.2}, rule), 2U);
  EXPECT_EQ(decide(Probabilities{0.6, 0.1, 0.1, 0.2}, rule), 0U);
}

TEST(Decide, OfTwoClassesWithNormalTheOtherIsTheLesion) {
  const std::vector<std::string> classes{"malignant", "normal"};
  const DecisionRule rule = decision_rule(classes, "malignant", 0.5, 0.3);
  EXPECT_EQ(decide(Probabilities{0.375, 0.625}, rule), 0U);
  EXPECT_EQ(decide(Probabilities{0.25, 0.75}, rule), 1U);
  ModelCard card;
  card.classes = classes;
  card.positive_class = "malignant";
  FinderOptions options;
  options.threshold = 0.7;
  EXPECT_EQ(decision_rule(card, options).lesion_threshold, 0.7) << "the two thresholds are one";
  options.lesion_threshold = 0.6;
  EXPECT_EQ(decision_rule(card, options).lesion_threshold, 0.6);
}

TEST(DecisionRule, KnowsTheNormalClassByItsName) {
  EXPECT_EQ(decision_rule({"Normal", "Malignant"}, "Malignant", 0.5, 0.5).normal, 0U);
  EXPECT_EQ(decision_rule({"bénin", "malin", "sain"}, "malin", 0.5, 0.5).normal, 2U);
  EXPECT_FALSE(decision_rule({"benign", "malignant"}, "malignant", 0.5, 0.5).normal);
  EXPECT_FALSE(decision_rule({"a", "b", "c"}, "b", 0.5, 0.5).normal);
  EXPECT_FALSE(decision_rule({"healthy", "no lesion", "malignant"}, "malignant", 0.5, 0.5).normal) << "which one?";
  EXPECT_FALSE(decision_rule({"benign", "normal"}, "normal", 0.5, 0.5).normal) << "the positive class is none";
  EXPECT_EQ(decision_rule({"benign", "malignant"}, "none", 0.5, 0.5).positive, 1U);
}

TEST(LesionProbability, ByHand) {
  const DecisionRule rule = decision_rule({"benign", "malignant", "normal"}, "malignant", 0.5, 0.5);
  EXPECT_EQ(lesion_probability(Probabilities{0.5, 0.25, 0.25}, rule), 0.75);
  EXPECT_EQ(positive_of_lesions(Probabilities{0.25, 0.25, 0.5}, rule), 0.5);
  EXPECT_EQ(positive_of_lesions(Probabilities{0, 0, 1}, rule), 0);
  EXPECT_EQ(lesion_probability(Probabilities{0.5, 0.5}, rule_of(1, 0.5)), 1);
  EXPECT_EQ(positive_of_lesions(Probabilities{0.75, 0.25}, rule_of(1, 0.5)), 0.25);
}

}  // namespace
}  // namespace lanet
