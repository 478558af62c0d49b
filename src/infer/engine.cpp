#include "infer/engine.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/geometry.hpp"

namespace lanet {
namespace {

/// Adds a grid to a running sum; the coarser of both is first brought to the size of the finer one.
void add_to(ProbabilityMap& sum, ProbabilityMap map) {
  if (sum.values.size() < map.values.size()) sum = resize(sum, map.height, map.width);
  if (map.values.size() < sum.values.size()) map = resize(map, sum.height, sum.width);
  std::transform(sum.values.begin(), sum.values.end(), map.values.begin(), sum.values.begin(), std::plus<>());
}

class Ensemble final : public Engine {
 public:
  explicit Ensemble(std::vector<std::unique_ptr<Engine>> members) : members_(std::move(members)) {
    info_ = members_.front()->info();
    std::vector<std::string> names;
    double threshold = 0;
    for (const auto& member : members_) {
      names.push_back(member->info().model_id);
      threshold += member->info().card.threshold / static_cast<double>(members_.size());
    }
    info_.model_id = "mean of " + join_text(names, ", ");
    info_.card.threshold = threshold;
  }

  const EngineInfo& info() const override { return info_; }

  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<std::vector<RawPrediction>> all;
    for (const auto& member : members_) all.push_back(member->run(images));
    std::vector<RawPrediction> means;
    for (std::size_t image = 0; image < images.size(); ++image) means.push_back(mean_of(all, image));
    return means;
  }

 private:
  RawPrediction mean_of(const std::vector<std::vector<RawPrediction>>& all, std::size_t image) const {
    RawPrediction mean;
    mean.class_probabilities.assign(info_.card.classes.size(), 0.0);
    float grids = 0;
    const auto count = static_cast<double>(all.size());
    for (const auto& predictions : all) {
      const RawPrediction& part = predictions[image];
      for (std::size_t index = 0; index < mean.class_probabilities.size(); ++index)
        mean.class_probabilities[index] += part.class_probabilities[index] / count;
      if (part.grid.values.empty()) continue;
      grids += 1;
      // The running sum becomes a mean only at the end, so that a larger grid may still come.
      if (mean.grid.values.empty())
        mean.grid = part.grid;
      else
        add_to(mean.grid, part.grid);
    }
    for (float& value : mean.grid.values) value /= grids;
    return mean;
  }

  std::vector<std::unique_ptr<Engine>> members_;
  EngineInfo info_;
};

}  // namespace

std::vector<double> calibrated_softmax(std::span<const double> logits, double temperature) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> probabilities;
  for (const double logit : logits) probabilities.push_back(std::exp((logit - largest) / temperature));
  const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

std::unique_ptr<Engine> make_ensemble(std::vector<std::unique_ptr<Engine>> members) {
  if (members.empty()) throw ConfigError({"models", "none", "at least one model file", ""});
  const ModelCard& first = members.front()->info().card;
  for (const auto& member : members) {
    const EngineInfo& other = member->info();
    if (other.card.classes != first.classes)
      throw ConfigError({other.model_id, "classes " + join_text(other.card.classes, ", "),
                         join_text(first.classes, ", ") + " as " + members.front()->info().model_id, ""});
    if (other.card.input_size != first.input_size)
      throw ConfigError({other.model_id, "input size " + std::to_string(other.card.input_size),
                         std::to_string(first.input_size) + " as " + members.front()->info().model_id, ""});
  }
  if (members.size() == 1) return std::move(members.front());
  return std::make_unique<Ensemble>(std::move(members));
}

}  // namespace lanet
