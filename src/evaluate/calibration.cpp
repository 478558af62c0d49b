#include "evaluate/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/nan.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kBins = 10;
constexpr double kLeastProbability = 1e-12;
constexpr double kAtBound = 1.01;  // as near to a bound as this factor counts as at it
constexpr double kLowestTemperature = 0.05, kHighestTemperature = 20;

bool all_right(const std::vector<std::vector<double>>& probabilities, const std::vector<std::int64_t>& truth) {
  for (std::size_t image = 0; image < truth.size(); ++image) {
    const auto& row = probabilities[image];
    if (std::max_element(row.begin(), row.end()) - row.begin() != truth[image]) return false;
  }
  return true;
}

}  // namespace

double brier_score(const std::vector<std::vector<double>>& probabilities, const std::vector<std::int64_t>& truth,
                   const std::vector<double>& weights) {
  double sum = 0, all = 0;
  for (std::size_t image = 0; image < probabilities.size(); ++image) {
    double squares = 0;
    for (std::size_t index = 0; index < probabilities[image].size(); ++index) {
      const double label = truth[image] == static_cast<std::int64_t>(index) ? 1 : 0;
      squares += (probabilities[image][index] - label) * (probabilities[image][index] - label);
    }
    sum += weights[image] * squares / 2;
    all += weights[image];
  }
  return all > 0 ? sum / all : kNan;
}

std::vector<ReliabilityBin> reliability(const std::vector<std::vector<double>>& probabilities,
                                        const std::vector<std::int64_t>& truth, std::int64_t positive,
                                        const std::vector<double>& weights) {
  std::array<ReliabilityBin, kBins> bins{};
  for (std::size_t image = 0; image < probabilities.size(); ++image) {
    const auto& row = probabilities[image];
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    const std::int64_t index = row.size() == 2 ? positive : best;
    const double probability = row[static_cast<std::size_t>(index)];
    auto& bin = bins[std::min(kBins - 1, static_cast<std::size_t>(probability * kBins))];
    bin.images += weights[image];
    bin.mean_probability += weights[image] * probability;
    bin.observed_share += truth[image] == index ? weights[image] : 0;
  }
  std::vector<ReliabilityBin> filled;
  for (ReliabilityBin bin : bins) {
    if (bin.images == 0) continue;
    bin.mean_probability /= bin.images;
    bin.observed_share /= bin.images;
    filled.push_back(bin);
  }
  return filled;
}

double calibration_error(const std::vector<ReliabilityBin>& bins) {
  double sum = 0, all = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += bin.images * std::abs(bin.mean_probability - bin.observed_share);
    all += bin.images;
  }
  return all > 0 ? sum / all : kNan;
}

std::vector<std::vector<double>> scale_temperature(std::vector<std::vector<double>> probabilities, double temperature) {
  for (auto& row : probabilities) {
    if (row.size() < 2) continue;
    double highest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (double& value : row) {
      value = std::log(std::max(value, kLeastProbability)) / temperature;
      highest = std::max(highest, value);
    }
    for (double& value : row) sum += value = std::exp(value - highest);
    for (double& value : row) value /= sum;
  }
  return probabilities;
}

double fit_temperature(const std::vector<std::vector<double>>& probabilities, const std::vector<std::int64_t>& truth) {
  if (probabilities.empty()) return 1;
  const auto cross_entropy = [&](double log_temperature) {
    const auto scaled = scale_temperature(probabilities, std::exp(log_temperature));
    double sum = 0;
    for (std::size_t image = 0; image < scaled.size(); ++image)
      sum -= std::log(std::max(scaled[image][static_cast<std::size_t>(truth[image])], kLeastProbability));
    return sum;
  };
  // The loss has one minimum in T: narrow the bracket by thirds of log T.
  double low = std::log(kLowestTemperature), high = std::log(kHighestTemperature);
  while (high - low > 1e-6) {
    const double third = (high - low) / 3;
    if (cross_entropy(low + third) < cross_entropy(high - third))
      high -= third;
    else
      low += third;
  }
  return std::exp((low + high) / 2);
}

double trusted_temperature(const std::vector<std::vector<double>>& probabilities,
                           const std::vector<std::int64_t>& truth, const std::vector<std::string>& classes,
                           const std::string& place) {
  const std::string why = "a temperature from fewer is chance; use a larger validation part";
  if (truth.size() < kLeastCalibrationImages)
    throw DataError({place, std::to_string(truth.size()) + " images of a known class",
                     "at least " + std::to_string(kLeastCalibrationImages) + " to calibrate", why});
  for (std::size_t index = 0; index < classes.size(); ++index) {
    const auto count = std::count(truth.begin(), truth.end(), static_cast<std::int64_t>(index));
    if (static_cast<std::size_t>(count) < kLeastCalibrationOfClass)
      throw DataError({place, std::to_string(count) + " images of class " + classes[index],
                       "at least " + std::to_string(kLeastCalibrationOfClass) + " of every class to calibrate", why});
  }
  // Then the colder, the better: the fit ends where it was told to.
  if (all_right(probabilities, truth))
    throw DataError({place, std::to_string(truth.size()) + " images that the model is right on, every one",
                     "some that it is wrong on to calibrate", "use images that it did not learn from"});
  const double temperature = fit_temperature(probabilities, truth);
  if (temperature < kLowestTemperature * kAtBound || temperature > kHighestTemperature / kAtBound)
    throw DataError({place, "a best temperature of " + fixed(temperature, 2) + ", the bound of what is tried",
                     "one between " + fixed(kLowestTemperature, 2) + " and " + fixed(kHighestTemperature, 0),
                     "the model hardly tells these classes apart: look at `lanet evaluate` first"});
  return temperature;
}

std::vector<DecisionPoint> decision_curve(const std::vector<double>& scores, const std::vector<bool>& positives) {
  std::vector<DecisionPoint> curve;
  if (scores.empty()) return curve;
  const double images = static_cast<double>(scores.size());
  const double ill = static_cast<double>(std::count(positives.begin(), positives.end(), true)) / images;
  for (int percent = 1; percent < 100; ++percent) {
    const double threshold = percent / 100.0, odds = threshold / (1 - threshold);
    double hits = 0, false_alarms = 0;
    for (std::size_t image = 0; image < scores.size(); ++image)
      if (scores[image] >= threshold) (positives[image] ? hits : false_alarms) += 1 / images;
    curve.push_back({threshold, hits - false_alarms * odds, ill - (1 - ill) * odds});
  }
  return curve;
}

}  // namespace lanet
