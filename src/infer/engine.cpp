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

/// A square of values as view number 0..7 sees it: bit 0 mirrors left and right, bit 1 up and down, bit 2 swaps rows
/// and columns (before the mirrors). back: undoes it. Empty for empty.
template <class Value>
std::vector<Value> seen_from(const std::vector<Value>& square, std::int64_t side, int view, bool back) {
  std::vector<Value> seen(square.size());
  if (square.empty()) return seen;
  for (std::int64_t row = 0; row < side; ++row)
    for (std::int64_t column = 0; column < side; ++column) {
      std::int64_t from_row = (view & 2) ? side - 1 - row : row;
      std::int64_t from_column = (view & 1) ? side - 1 - column : column;
      if (view & 4) std::swap(from_row, from_column);
      const auto here = static_cast<std::size_t>(row * side + column);
      const auto there = static_cast<std::size_t>(from_row * side + from_column);
      if (back)
        seen[there] = square[here];
      else
        seen[here] = square[there];
    }
  return seen;
}

RawPrediction mean_of(const std::vector<RawPrediction>& parts) {
  RawPrediction mean;
  mean.class_probabilities.assign(parts.front().class_probabilities.size(), 0.0);
  float grids = 0;
  for (const RawPrediction& part : parts) {
    for (std::size_t index = 0; index < mean.class_probabilities.size(); ++index)
      mean.class_probabilities[index] += part.class_probabilities[index] / static_cast<double>(parts.size());
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

/// The same models looking at mirrored and turned copies.
class Views final : public Engine {
 public:
  Views(std::unique_ptr<Engine> engine, int count) : engine_(std::move(engine)), count_(count) {}

  const EngineInfo& info() const override { return engine_->info(); }

  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<Image> views;
    for (const Image& image : images)
      for (int view = 0; view < count_; ++view) {
        Image copy = image;
        copy.pixels = seen_from(image.pixels, image.width, view, /*back=*/false);
        views.push_back(std::move(copy));
      }
    std::vector<RawPrediction> all = engine_->run(views);
    std::vector<RawPrediction> means;
    for (std::size_t image = 0; image < images.size(); ++image) {
      std::vector<RawPrediction> parts;
      for (int view = 0; view < count_; ++view) {
        parts.push_back(std::move(all[image * static_cast<std::size_t>(count_) + static_cast<std::size_t>(view)]));
        ProbabilityMap& grid = parts.back().grid;
        grid.values = seen_from(grid.values, grid.width, view, /*back=*/true);
      }
      means.push_back(mean_of(parts));
    }
    return means;
  }

 private:
  std::unique_ptr<Engine> engine_;
  int count_;
};

class Ensemble final : public Engine {
 public:
  explicit Ensemble(std::vector<std::unique_ptr<Engine>> members) : members_(std::move(members)) {
    info_ = members_.front()->info();
    std::vector<std::string> names;
    double threshold = 0, lesion_threshold = 0;
    for (const auto& member : members_) {
      names.push_back(member->info().model_id);
      threshold += member->info().card.threshold / static_cast<double>(members_.size());
      lesion_threshold += member->info().card.lesion_threshold / static_cast<double>(members_.size());
    }
    info_.model_id = "mean of " + join_text(names, ", ");
    info_.card.threshold = threshold;
    info_.card.lesion_threshold = lesion_threshold;
  }

  const EngineInfo& info() const override { return info_; }

  std::vector<RawPrediction> run(std::span<const Image> images) override {
    std::vector<std::vector<RawPrediction>> all;
    for (const auto& member : members_) all.push_back(member->run(images));
    std::vector<RawPrediction> means;
    for (std::size_t image = 0; image < images.size(); ++image) {
      std::vector<RawPrediction> parts;
      for (auto& predictions : all) parts.push_back(std::move(predictions[image]));
      means.push_back(mean_of(parts));
    }
    return means;
  }

 private:
  std::vector<std::unique_ptr<Engine>> members_;
  EngineInfo info_;
};

}  // namespace

std::vector<ProbabilityMap> Engine::class_activation(const Image&) { return {}; }

ProbabilityMap normalized_activation(ProbabilityMap activation) {
  float highest = 0;
  for (const float value : activation.values) highest = std::max(highest, value);
  for (float& value : activation.values) value = highest > 0 ? std::max(value, 0.0F) / highest : 0.0F;
  return activation;
}

std::vector<double> calibrated_softmax(std::span<const double> logits, double temperature) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> probabilities;
  for (const double logit : logits) probabilities.push_back(std::exp((logit - largest) / temperature));
  const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

std::unique_ptr<Engine> make_views(std::unique_ptr<Engine> engine, int count) {
  if (count != 1 && count != 2 && count != 4 && count != 8)
    throw ConfigError({"--views", std::to_string(count), "1, 2, 4 or 8", ""});
  if (count == 1) return engine;
  return std::make_unique<Views>(std::move(engine), count);
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
