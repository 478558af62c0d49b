#include "evaluate/score.hpp"

#include <algorithm>
#include <future>
#include <set>

#include "core/error.hpp"
#include "core/stop_request.hpp"
#include "core/text.hpp"
#include "evaluate/overlap.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

constexpr double kCandidateThreshold = 0.25;
constexpr std::size_t kBatch = 16;

Mask boxes_of(const Mask& mask) {
  std::vector<Box> boxes;
  for (const Component& component : components(mask)) boxes.push_back(component.box);
  return fill_boxes(boxes, mask.height, mask.width);
}

struct Point {
  double row = 0;
  double column = 0;
};

Point centre_of_mass(const Component& component) {
  Point centre;
  component.for_each_pixel([&](std::int64_t row, std::int64_t column) {
    centre.row += static_cast<double>(row) / static_cast<double>(component.area);
    centre.column += static_cast<double>(column) / static_cast<double>(component.area);
  });
  return centre;
}

double highest_inside(const ProbabilityMap& map, const Component& component) {
  float highest = 0;
  component.for_each_pixel(
      [&](std::int64_t row, std::int64_t column) { highest = std::max(highest, map.at(row, column)); });
  return highest;
}

/// The candidates within the region that the network saw.
std::vector<LesionCandidate> find_candidates(const Prediction& prediction, const std::vector<Component>& lesions) {
  const Box& region = prediction.region;
  const auto rows = static_cast<std::int64_t>(region.height());
  const auto columns = static_cast<std::int64_t>(region.width());
  const ProbabilityMap map = resize(prediction.grid, rows, columns);
  Mask above = make_mask(rows, columns);
  for (std::size_t pixel = 0; pixel < above.pixels.size(); ++pixel)
    above.pixels[pixel] = map.values[pixel] >= kCandidateThreshold;
  std::vector<LesionCandidate> candidates;
  for (const Component& component : components(above)) {
    const Point centre = centre_of_mass(component);
    const auto row = static_cast<std::int64_t>(centre.row + region.y1 + 0.5);
    const auto column = static_cast<std::int64_t>(centre.column + region.x1 + 0.5);
    LesionCandidate candidate{highest_inside(map, component), -1};
    for (std::size_t lesion = 0; lesion < lesions.size(); ++lesion)
      if (lesions[lesion].contains(row, column)) candidate.hits = static_cast<std::int64_t>(lesion);
    candidates.push_back(candidate);
  }
  return candidates;
}

void score_location(ImageResult& result, const Sample& sample, const Prediction& prediction, const Mask& truth,
                    std::int64_t input_size) {
  const bool boxes = sample.location == Location::kBoxes;
  const auto lesions = components(truth);
  result.true_lesions = static_cast<std::int64_t>(lesions.size());
  // What is called normal has no lesion to offer.
  if (!prediction.normal) result.candidates = find_candidates(prediction, lesions);
  const Mask& mask = prediction.finding.mask;
  if (lesions.empty()) {
    result.false_area = static_cast<double>(area(mask)) / static_cast<double>(mask.pixels.size());
    return;
  }
  const Mask predicted = boxes ? boxes_of(mask) : mask;
  const Overlap at_original = overlap(predicted, truth);
  result.jsi = at_original.jsi();
  result.dice = at_original.dice();
  const Mask truth_seen = crop(truth, prediction.region);
  const Mask truth_input = resize(truth_seen, input_size, input_size);
  const Box square{0, 0, static_cast<double>(input_size), static_cast<double>(input_size)};
  const Mask predicted_input =
      prediction.normal ? make_mask(input_size, input_size)
                        : mask_from_grid(prediction.grid, square, input_size, input_size, prediction.mask_threshold);
  result.jsi_input = overlap(boxes ? boxes_of(predicted_input) : predicted_input, truth_input).jsi();
  const Mask ceiling = through_grid(truth_seen, input_size, prediction.grid.height, prediction.grid.width);
  result.ceiling_jsi = overlap(boxes ? boxes_of(ceiling) : ceiling, truth_seen).jsi();
  if (const auto distances = surface_distances(predicted, truth)) {
    result.hd95_px = distances->hd95;
    result.assd_px = distances->assd;
  }
  if (!sample.spacing) return;
  if (const auto distances = surface_distances(predicted, truth, sample.spacing->y_mm, sample.spacing->x_mm)) {
    result.hd95_mm = distances->hd95;
    result.assd_mm = distances->assd;
  }
}

/// One batch, decoded.
struct Decoded {
  std::vector<const Sample*> samples;
  std::vector<FinderInput> inputs;
  std::vector<std::optional<Mask>> truths;
};

Decoded decode(const Manifest& manifest, std::span<const std::string> ids) {
  Decoded decoded;
  for (const std::size_t position : manifest.find_all(ids)) {
    const Sample& sample = manifest.samples[position];
    decoded.samples.push_back(&sample);
    decoded.inputs.push_back({sample.id, read_image(manifest.image_path(sample)), sample.spacing, sample.crop});
    const Image& image = decoded.inputs.back().image;
    decoded.truths.push_back(read_truth_mask(manifest, sample, image.height, image.width));
  }
  return decoded;
}

std::int64_t class_number(const Sample& sample, const std::vector<std::string>& classes) {
  if (sample.class_name.empty()) return -1;
  const auto found = std::find(classes.begin(), classes.end(), sample.class_name);
  if (found == classes.end())
    throw DataError({sample.id, "class '" + sample.class_name + "'",
                     "a class of the model: " + join_text(classes, ", "),
                     "map it or leave it out by --classes OLD=NEW"});
  return found - classes.begin();
}

/// Before anything is computed: every class of the data is one of the model's. One that the data lack is only noted.
void check_classes(const Manifest& manifest, const std::vector<std::string>& ids,
                   const std::vector<std::string>& classes, Progress& progress) {
  std::set<std::string> lacking(classes.begin(), classes.end());
  const std::set<std::string> wanted(ids.begin(), ids.end());
  for (const Sample& sample : manifest.samples) {
    if (!wanted.contains(sample.id)) continue;
    class_number(sample, classes);
    lacking.erase(sample.class_name);
  }
  if (!lacking.empty())
    progress.note("the model also knows " + join_text({lacking.begin(), lacking.end()}, ", ") +
                  ", of which these data have no image");
}

}  // namespace

ImageResult score_image(const Sample& sample, std::int64_t truth_class, const Prediction& prediction,
                        const std::optional<Mask>& truth, std::int64_t input_size) {
  ImageResult result;
  result.id = sample.id;
  result.group = sample.group;
  result.extra = sample.extra;
  result.truth_class = truth_class;
  result.location = sample.location;
  for (const ClassProbability& item : prediction.finding.classes) result.probabilities.push_back(item.probability);
  if (!truth)
    result.location = Location::kNone;
  else if (!prediction.grid.values.empty())
    score_location(result, sample, prediction, *truth, input_size);
  return result;
}

std::vector<ImageResult> score_dataset(Finder& finder, const Manifest& manifest, const std::vector<std::string>& ids,
                                       Progress& progress, const SeePrediction& see) {
  const ModelCard& card = finder.info().card;
  check_classes(manifest, ids, card.classes, progress);
  const std::span<const std::string> all(ids);
  const auto batch_at = [&](std::size_t first) {
    return std::async(
        std::launch::async, decode, std::cref(manifest),
        first < all.size() ? all.subspan(first, std::min(kBatch, all.size() - first)) : all.subspan(0, 0));
  };
  std::vector<ImageResult> results;
  progress.begin("evaluating", static_cast<std::int64_t>(ids.size()));
  auto next = batch_at(0);
  for (std::size_t first = 0; first < ids.size(); first += kBatch) {
    const Decoded batch = next.get();
    next = batch_at(first + kBatch);
    const std::vector<Prediction> predictions = finder.find_all(batch.inputs);
    for (std::size_t index = 0; index < predictions.size(); ++index) {
      const Sample& sample = *batch.samples[index];
      results.push_back(score_image(sample, class_number(sample, card.classes), predictions[index], batch.truths[index],
                                    card.input_size));
      if (see) see(sample, batch.inputs[index].image, predictions[index], results.back());
    }
    progress.update(static_cast<std::int64_t>(results.size()), "");
    if (stop_requested()) throw Interrupted("evaluation stopped; nothing was written");
  }
  progress.end(std::to_string(results.size()) + " images");
  return results;
}

}  // namespace lanet
