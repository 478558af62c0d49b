#include "evaluate/froc.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/nan.hpp"

namespace lanet {

FrocCurve::FrocCurve(const std::vector<ImageResult>& results) {
  for (std::size_t image = 0; image < results.size(); ++image) {
    const ImageResult& result = results[image];
    const bool known = result.location != Location::kNone;
    lesions_.push_back(known ? static_cast<double>(result.true_lesions) : -1);
    if (!known) continue;
    std::vector<LesionCandidate> sorted = result.candidates;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    std::set<std::int64_t> hit;
    for (const LesionCandidate& candidate : sorted) {
      if (candidate.hits >= 0 && !hit.insert(candidate.hits).second) continue;
      candidates_.push_back({candidate.score, image, candidate.hits >= 0});
    }
  }
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
}

std::vector<FrocPoint> FrocCurve::points(const std::vector<double>& weights) const {
  double images = 0, lesions = 0;
  for (std::size_t image = 0; image < lesions_.size(); ++image) {
    if (lesions_[image] < 0) continue;
    const double weight = weights.empty() ? 1 : weights[image];
    images += weight;
    lesions += weight * lesions_[image];
  }
  if (lesions == 0) return {};
  std::vector<FrocPoint> points{{0, 0, std::numeric_limits<double>::infinity()}};
  double hits = 0, misses = 0;
  for (std::size_t rank = 0; rank < candidates_.size(); ++rank) {
    const Candidate& candidate = candidates_[rank];
    (candidate.hit ? hits : misses) += weights.empty() ? 1 : weights[candidate.image];
    const bool last_of_score = rank + 1 == candidates_.size() || candidates_[rank + 1].score != candidate.score;
    if (last_of_score) points.push_back({misses / images, hits / lesions, candidate.score});
  }
  return points;
}

double FrocCurve::sensitivity_at(double false_positives_per_image, const std::vector<double>& weights) const {
  const std::vector<FrocPoint> curve = points(weights);
  double best = kNan;
  for (const FrocPoint& point : curve)
    if (point.false_positives_per_image <= false_positives_per_image) best = point.sensitivity;
  return best;
}

std::int64_t FrocCurve::lesions() const {
  double sum = 0;
  for (const double count : lesions_) sum += std::max(count, 0.0);
  return static_cast<std::int64_t>(sum);
}

}  // namespace lanet
