#pragma once

#include <cstdint>
#include <vector>

namespace lanet {

/// Brier score: mean over the images of sum_k (p_k - y_k)^2, divided by 2 so that two classes give the usual (p - y)^2.
/// weights: one an image. NaN without weight.
double brier_score(const std::vector<std::vector<double>>& probabilities, const std::vector<std::int64_t>& truth,
                   const std::vector<double>& weights);

struct ReliabilityBin {
  double mean_probability = 0;
  double observed_share = 0;
  double images = 0;  // weight in the bin
};

/// Ten bins of equal width. Two classes: probability and frequency of the positive class. More: the highest probability
/// against how often that class is right. Empty bins are left out.
std::vector<ReliabilityBin> reliability(const std::vector<std::vector<double>>& probabilities,
                                        const std::vector<std::int64_t>& truth, std::int64_t positive,
                                        const std::vector<double>& weights);

/// Expected calibration error (Guo et al. 2017): mean of |observed - predicted| weighted by the bins' images. NaN
/// without bins.
double calibration_error(const std::vector<ReliabilityBin>& bins);

}  // namespace lanet
