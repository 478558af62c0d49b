#pragma once

#include <cstdint>
#include <vector>

#include "evaluate/image_result.hpp"

namespace lanet {

struct FrocPoint {
  double false_positives_per_image = 0;
  double sensitivity = 0;  // share of the true lesions that are hit
  double threshold = 0;    // candidates at and above it count
};

/// Free-response ROC (Bunch et al. 1978) over images whose location is known. A lesion counts once, by its best
/// candidate; further candidates on it are neither hits nor false positives.
class FrocCurve {
 public:
  explicit FrocCurve(const std::vector<ImageResult>& results);

  /// One point a distinct score; empty where there is no true lesion of weight. weights: one an image, none: all 1.
  std::vector<FrocPoint> points(const std::vector<double>& weights = {}) const;
  /// Highest sensitivity that needs at most so many false positives an image; NaN without lesion.
  double sensitivity_at(double false_positives_per_image, const std::vector<double>& weights = {}) const;
  std::int64_t lesions() const;

 private:
  struct Candidate {
    double score;
    std::size_t image;
    bool hit;
  };
  std::vector<Candidate> candidates_;  // by falling score
  std::vector<double> lesions_;        // per image; -1: location unknown
};

}  // namespace lanet
