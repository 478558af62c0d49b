#include "evaluate/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lanet {
namespace {

constexpr std::size_t kBins = 10;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

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

}  // namespace lanet
