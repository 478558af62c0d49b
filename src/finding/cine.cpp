#include "finding/cine.hpp"

#include <cmath>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "core/json_text.hpp"

namespace lanet {
namespace {

/// |A n B| / |A u B|; 0 where both are empty or of different sizes.
double overlap_of(const Mask& first, const Mask& second) {
  if (first.empty() || first.height != second.height || first.width != second.width) return 0;
  std::size_t both = 0, either = 0;
  for (std::size_t pixel = 0; pixel < first.pixels.size(); ++pixel) {
    both += first.pixels[pixel] & second.pixels[pixel];
    either += first.pixels[pixel] | second.pixels[pixel];
  }
  return either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 0;
}

}  // namespace

void CineSummary::add(const Finding& finding) {
  frames_.push_back({finding.image_id, finding.classes, !finding.lesions.empty(), overlap_of(last_, finding.mask)});
  last_ = finding.mask;
}

double CineSummary::steadiness(std::size_t frame) const {
  double sum = 0;
  int neighbours = 0;
  if (frame > 0) {
    sum += frames_[frame].overlap_before;
    ++neighbours;
  }
  if (frame + 1 < frames_.size()) {
    sum += frames_[frame + 1].overlap_before;
    ++neighbours;
  }
  return neighbours > 0 ? sum / neighbours : 0;
}

std::vector<ClassProbability> CineSummary::mean_probabilities() const {
  std::vector<ClassProbability> mean;
  if (frames_.empty()) return mean;
  bool any = false;
  for (const Frame& frame : frames_) any = any || frame.has_lesion;
  for (const ClassProbability& item : frames_.front().classes) mean.push_back({item.name, 0});
  double count = 0;
  for (const Frame& frame : frames_) {
    if (any && !frame.has_lesion) continue;
    ++count;
    for (std::size_t index = 0; index < mean.size(); ++index)
      mean[index].probability += frame.classes[index].probability;
  }
  for (ClassProbability& item : mean) item.probability /= count;
  return mean;
}

std::size_t CineSummary::steadiest() const {
  if (frames_.empty()) throw std::logic_error("a cine without frames has no steadiest one");
  const auto mean = mean_probabilities();
  std::size_t best = 0;
  double highest = -1e9;
  for (std::size_t index = 0; index < frames_.size(); ++index) {
    double distance = 0;
    for (std::size_t item = 0; item < mean.size(); ++item)
      distance += std::abs(frames_[index].classes[item].probability - mean[item].probability);
    // A frame with a lesion goes before every frame without.
    const double score = frames_[index].has_lesion ? steadiness(index) : -1 - distance;
    if (score > highest) {
      highest = score;
      best = index;
    }
  }
  return best;
}

std::string CineSummary::json(const std::string& name) const {
  nlohmann::ordered_json probabilities, curve = nlohmann::ordered_json::array();
  for (const ClassProbability& item : mean_probabilities()) probabilities[item.name] = item.probability;
  std::size_t with_lesion = 0;
  for (std::size_t index = 0; index < frames_.size(); ++index) {
    const Frame& frame = frames_[index];
    with_lesion += frame.has_lesion ? 1 : 0;
    nlohmann::ordered_json point{{"frame", index + 1}, {"lesion", frame.has_lesion}, {"steadiness", steadiness(index)}};
    for (const ClassProbability& item : frame.classes) point[item.name] = item.probability;
    curve.push_back(point);
  }
  nlohmann::ordered_json object{{"format", "lanet-cine"},
                                {"version", 1},
                                {"name", name},
                                {"frames", frames_.size()},
                                {"frames_with_lesion", with_lesion},
                                {"frame_ms", nullptr},
                                {"mean_probability", probabilities},
                                {"steadiest_frame", steadiest() + 1},
                                {"steadiest_name", frames_[steadiest()].name},
                                {"curve", curve}};
  if (frame_ms_) object["frame_ms"] = *frame_ms_;
  return json_text(object, 2);
}

}  // namespace lanet
