#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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

/// Temperature scaling (Guo et al. 2017): softmax(log p / T). One row an image; rows of one class or none stay.
std::vector<std::vector<double>> scale_temperature(std::vector<std::vector<double>> probabilities, double temperature);

/// The temperature in 0.05..20 of lowest cross-entropy; to be fitted on validation only. 1 without images.
double fit_temperature(const std::vector<std::vector<double>>& probabilities, const std::vector<std::int64_t>& truth);

inline constexpr std::size_t kLeastCalibrationImages = 30;
inline constexpr std::size_t kLeastCalibrationOfClass = 5;

/// fit_temperature where it can be trusted. Throws DataError(place) for fewer than kLeastCalibrationImages images or
/// kLeastCalibrationOfClass of a class, which leave the temperature to chance, and where it ends at a bound (the model
/// is right on every image, or hardly ever): then no temperature makes these probabilities honest.
double trusted_temperature(const std::vector<std::vector<double>>& probabilities,
                           const std::vector<std::int64_t>& truth, const std::vector<std::string>& classes,
                           const std::string& place);

struct DecisionPoint {
  double threshold = 0;
  double model = 0;  // net benefit of acting on the model at that threshold
  double all = 0;    // of acting on everyone; acting on nobody has 0
};
/// Decision curve (Vickers and Elkin 2006): TP/n - FP/n * t/(1-t) at thresholds .01 to .99. Empty without images.
std::vector<DecisionPoint> decision_curve(const std::vector<double>& scores, const std::vector<bool>& positives);

}  // namespace lanet
