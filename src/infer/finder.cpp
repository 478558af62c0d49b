#include "infer/finder.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/settings.hpp"
#include "core/text.hpp"
#include "finding/class_meaning.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"
#include "infer/plausibility.hpp"

namespace lanet {
namespace {

constexpr double kNearThreshold = 0.1;
constexpr double kClearLesion = 0.8;  // mean probability of a component's pixels
constexpr std::int64_t kSmallSide = 100;

Box whole(const Image& image) { return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)}; }

bool touches_border(const Box& box, const Box& region) {
  return box.x1 <= region.x1 || box.y1 <= region.y1 || box.x2 >= region.x2 || box.y2 >= region.y2;
}

/// How near a lesion's probability has to be to its threshold to be doubted: a threshold near 0 or 1, as calibration
/// may choose it, would otherwise cast a doubt on nearly every normal image.
double near_lesion_threshold(double threshold) {
  return std::min({kNearThreshold, threshold / 2, (1 - threshold) / 2});
}

std::vector<std::string> threshold_doubts(std::span<const double> probabilities, const ModelCard& card,
                                          const DecisionRule& rule, bool normal) {
  std::vector<std::string> doubts;
  const auto add = [&doubts](const std::string& what, double near) {
    doubts.push_back("the probability of " + what + " is within " + fixed(near, near < kNearThreshold ? 3 : 1) +
                     " of the threshold");
  };
  const double near = near_lesion_threshold(rule.lesion_threshold);
  if (rule.normal && std::abs(lesion_probability(probabilities, rule) - rule.lesion_threshold) < near)
    add("a lesion", near);
  if (normal && std::any_of(probabilities.begin(), probabilities.end(),
                            [&](double probability) { return probability > probabilities[*rule.normal]; }))
    doubts.push_back("classified as " + card.classes[*rule.normal] + ", but another class is more probable");
  if (!normal && threshold_decides(card.classes.size(), rule) &&
      std::abs(positive_of_lesions(probabilities, rule) - rule.threshold) < kNearThreshold)
    add(card.positive_class + (rule.normal ? " among lesions" : ""), kNearThreshold);
  return doubts;
}

/// What speaks against the finding itself. hidden: lesions that are not marked because the class is normal.
std::vector<std::string> finding_doubts(const Finding& finding, const std::vector<Lesion>& hidden, const Box& region,
                                        bool locates) {
  std::vector<std::string> doubts;
  const bool says_normal = class_meaning(finding.decision) == ClassMeaning::kNormal;
  if (std::any_of(hidden.begin(), hidden.end(),
                  [](const Lesion& lesion) { return lesion.mean_probability >= kClearLesion; }))
    doubts.emplace_back("classified as normal, but the mask of the model shows a clear lesion, which is not marked");
  if (locates && finding.lesions.empty() && !says_normal)
    doubts.push_back("classified as " + finding.decision + ", but no lesion was found");
  if (!finding.lesions.empty() && says_normal) doubts.push_back("classified as normal, but a lesion was found");
  if (finding.lesions.size() > 1)
    doubts.push_back(std::to_string(finding.lesions.size()) +
                     " separate lesions were found; the class is of the whole image");
  if (std::any_of(finding.lesions.begin(), finding.lesions.end(),
                  [&](const Lesion& lesion) { return touches_border(lesion.box, region); }))
    doubts.push_back("a lesion touches the image border");
  if (std::min(region.width(), region.height()) < kSmallSide)
    doubts.push_back("the image is smaller than " + std::to_string(kSmallSide) + " pixels");
  return doubts;
}

Mask thresholded(const ProbabilityMap& map, double threshold) {
  Mask mask = make_mask(map.height, map.width);
  const auto limit = static_cast<float>(threshold);
  for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel) mask.pixels[pixel] = map.values[pixel] >= limit;
  return mask;
}

}  // namespace

void FinderOptions::validate() const {
  if (threshold) require_range("threshold", *threshold, 0, 1);
  if (lesion_threshold) require_range("lesion_threshold", *lesion_threshold, 0, 1);
  if (mask_threshold) require_range("mask_threshold", *mask_threshold, 0, 1);
  require_range("min_lesion_px", static_cast<double>(min_lesion_px), 1, 1e9);
  require_range("batch_size", static_cast<double>(batch_size), 1, 1024);
}

DecisionRule decision_rule(const ModelCard& card, const FinderOptions& options) {
  const double threshold = options.threshold.value_or(card.threshold);
  double lesion_threshold = options.lesion_threshold.value_or(card.lesion_threshold);
  if (card.classes.size() == 2 && options.threshold && !options.lesion_threshold) lesion_threshold = threshold;
  const DecisionRule rule = decision_rule(card.classes, card.positive_class, threshold, lesion_threshold);
  if (options.lesion_threshold && !rule.normal)
    throw ConfigError({"lesion_threshold", "a model of the classes " + join_text(card.classes, ", "),
                       "one with a normal class", "leave the lesion threshold out"});
  return rule;
}

Finder::Finder(Engine& engine, const FinderOptions& options) : engine_(engine), options_(options) {
  options_.validate();
  decision_rule(engine.info().card, options_);
}

Prediction Finder::find(const FinderInput& input) { return find_all({&input, 1}).front(); }

std::vector<FinderPart> parts_of(const FinderInput& input, bool crop_to_ultrasound) {
  if (input.parts.size() > 1) return input.parts;
  if (input.region) return {{*input.region, input.spacing}};
  return {{crop_to_ultrasound ? ultrasound_region(input.image) : whole(input.image), input.spacing}};
}

std::vector<Prediction> Finder::find_all(std::span<const FinderInput> inputs) {
  std::vector<Prediction> predictions;
  const auto batch_size = static_cast<std::size_t>(options_.batch_size);
  for (std::size_t first = 0; first < inputs.size(); first += batch_size) {
    const auto batch = inputs.subspan(first, std::min(batch_size, inputs.size() - first));
    std::vector<Image> images;
    std::vector<std::vector<FinderPart>> parts;
    for (const FinderInput& input : batch) {
      parts.push_back(parts_of(input, options_.crop_to_ultrasound));
      for (const FinderPart& part : parts.back())
        images.push_back(network_input(input.image, part.region, engine_.info().card.input_size));
    }
    std::vector<RawPrediction> raw = engine_.run(images);
    auto next = raw.begin();
    for (std::size_t index = 0; index < batch.size(); ++index) {
      std::vector<Prediction> found;
      for (const FinderPart& part : parts[index]) found.push_back(assemble(batch[index], part, std::move(*next++)));
      predictions.push_back(found.size() == 1 ? std::move(found.front()) : together(batch[index], std::move(found)));
    }
  }
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    std::vector<std::string>& doubts = predictions[index].finding.doubts;
    doubts.insert(doubts.begin(), inputs[index].doubts.begin(), inputs[index].doubts.end());
  }
  return predictions;
}

Prediction Finder::assemble(const FinderInput& input, const FinderPart& part, RawPrediction raw) const {
  const EngineInfo& info = engine_.info();
  const ModelCard& card = info.card;
  const Box& region = part.region;
  const DecisionRule rule = decision_rule(card, options_);
  Prediction prediction;
  prediction.region = region;
  prediction.grid = std::move(raw.grid);
  prediction.mask_threshold = options_.mask_threshold.value_or(card.mask_threshold);
  Finding& finding = prediction.finding;
  finding.image_id = input.id;
  finding.spacing = part.spacing;
  finding.model_id = info.model_id;
  for (std::size_t index = 0; index < card.classes.size(); ++index)
    finding.classes.push_back({card.classes[index], raw.class_probabilities[index]});
  const std::size_t decided = decide(raw.class_probabilities, rule);
  finding.decision = card.classes[decided];
  prediction.normal = rule.normal == decided;
  const bool locates = !prediction.grid.values.empty();
  FindingThresholds& thresholds = finding.thresholds.emplace();
  thresholds.positive_class = card.positive_class;
  if (threshold_decides(card.classes.size(), rule)) thresholds.positive = rule.threshold;
  if (rule.normal) thresholds.lesion = rule.lesion_threshold;
  if (locates) thresholds.mask = prediction.mask_threshold;
  std::vector<Lesion> hidden;
  if (locates) {
    const std::int64_t height = input.image.height;
    const std::int64_t width = input.image.width;
    const ProbabilityMap map =
        resize(prediction.grid, static_cast<std::int64_t>(region.height()), static_cast<std::int64_t>(region.width()));
    Mask seen = thresholded(map, prediction.mask_threshold);
    finding.lesions = measure_lesions(seen, part.spacing, options_.min_lesion_px, &map);
    if (prediction.normal) {
      hidden.swap(finding.lesions);
      seen = make_mask(seen.height, seen.width);
    }
    finding.mask = seen.height == height && seen.width == width ? std::move(seen) : uncrop(seen, region, height, width);
    for (Lesion& lesion : finding.lesions)
      lesion.box = {lesion.box.x1 + region.x1, lesion.box.y1 + region.y1, lesion.box.x2 + region.x1,
                    lesion.box.y2 + region.y1};
  }
  finding.doubts = implausibilities(region == whole(input.image) ? input.image : crop(input.image, region));
  for (std::string& doubt : threshold_doubts(raw.class_probabilities, card, rule, prediction.normal))
    finding.doubts.push_back(std::move(doubt));
  for (std::string& doubt : finding_doubts(finding, hidden, region, locates))
    finding.doubts.push_back(std::move(doubt));
  return prediction;
}

/// One finding of an image's parts, in order: all lesions, and the class of the part that is most suspicious.
Prediction Finder::together(const FinderInput& input, std::vector<Prediction> parts) const {
  const std::string& positive = engine_.info().card.positive_class;
  // Any lesion is more suspicious than none.
  const auto suspicion = [&positive](const Prediction& part) {
    return std::tuple(part.finding.decision == positive, !part.normal, part.finding.probability_of(positive));
  };
  std::size_t decides = 0;
  for (std::size_t index = 1; index < parts.size(); ++index)
    if (suspicion(parts[index]) > suspicion(parts[decides])) decides = index;
  Prediction all{{}, parts[decides].grid, parts[decides].region, parts[decides].mask_threshold, parts[decides].normal};
  Finding& finding = all.finding;
  finding = parts[decides].finding;
  finding.lesions.clear();
  finding.doubts.clear();
  finding.decision_part = static_cast<std::int64_t>(decides) + 1;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    Finding& of = parts[index].finding;
    const auto number = static_cast<std::int64_t>(index) + 1;
    finding.parts.push_back({parts[index].region, of.classes, of.decision, of.spacing});
    for (Lesion& lesion : of.lesions) {
      lesion.part = number;
      finding.lesions.push_back(lesion);
    }
    for (const std::string& doubt : of.doubts)
      finding.doubts.push_back("part " + std::to_string(number) + ": " + doubt);
    for (std::size_t pixel = 0; pixel < of.mask.pixels.size(); ++pixel)
      finding.mask.pixels[pixel] |= of.mask.pixels[pixel];
  }
  std::stable_sort(finding.lesions.begin(), finding.lesions.end(),
                   [](const Lesion& first, const Lesion& second) { return first.area_px > second.area_px; });
  finding.spacing = input.spacing;  // what holds for all parts
  return all;
}

Image network_input(const Image& image, const Box& region, std::int64_t side) {
  const Image grey = to_grey(image);
  return region == whole(image) ? resize_to_square(grey, side) : resize_to_square(crop(grey, region), side);
}

Mask mask_from_grid(const ProbabilityMap& grid, const Box& region, std::int64_t height, std::int64_t width,
                    double threshold) {
  if (grid.values.empty()) return {};
  const auto rows = static_cast<std::int64_t>(region.height());
  const auto columns = static_cast<std::int64_t>(region.width());
  const Mask mask = thresholded(resize(grid, rows, columns), threshold);
  return rows == height && columns == width ? mask : uncrop(mask, region, height, width);
}

}  // namespace lanet
