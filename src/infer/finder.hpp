#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "finding/finding.hpp"
#include "infer/decision.hpp"
#include "infer/engine.hpp"

namespace lanet {

/// How raw predictions become findings.
struct FinderOptions {
  std::optional<double> threshold;         // of the positive class (decision.hpp); unset: the model's own
  std::optional<double> lesion_threshold;  // of 1 - p(normal), models with a normal class; unset: the model's own
  std::optional<double> mask_threshold;    // a pixel at and above it belongs to the lesion; unset: the model's own
  std::int64_t min_lesion_px = 1;          // smaller components are not listed as lesions (they stay in the mask)
  bool crop_to_ultrasound = false;         // look only at the ultrasound region of a screenshot
  std::int64_t batch_size = 8;             // images a call of the engine

  void validate() const;
};

/// One of several pictures of tissue in an image.
struct FinderPart {
  Box region;  // px
  std::optional<PixelSpacing> spacing;
};

/// How a model decides with these options. Of a model with two classes, one of them normal, `threshold` means the
/// lesion threshold where that is not set: the other class is the lesion. Throws ConfigError for a lesion threshold
/// where no class is normal.
DecisionRule decision_rule(const ModelCard& card, const FinderOptions& options = {});

/// An image to look at.
struct FinderInput {
  std::string id;
  Image image;  // grey or RGB, any size
  std::optional<PixelSpacing> spacing;
  std::optional<Box> region;  // the part to look at; unset: all of it (or found, see crop_to_ultrasound)
  /// Two or more, apart from one another: each is looked at for itself, and `region` is not used.
  std::vector<FinderPart> parts{};
  std::vector<std::string> doubts{};  // known before anything is looked at; they go into the finding
};

/// A finding and what it was made of.
struct Prediction {
  Finding finding;              // at the image's original size
  ProbabilityMap grid;          // on the network's grid; empty for a network that only classifies
  Box region;                   // part of the image that the grid covers; of several parts: the one that decides
  double mask_threshold = 0.5;  // by which the grid became the mask
  /// Every part was decided for the normal class: the mask has no pixel, there are no lesions, whatever the grid says.
  bool normal = false;
};

/// The parts of an image that are looked at: its own, else one, its region or all of it.
std::vector<FinderPart> parts_of(const FinderInput& input, bool crop_to_ultrasound);

/// Image -> Finding: region, resize to the network's input, network, class, mask back at the original size (without a
/// pixel where the class is the normal one), doubts.
class Finder {
 public:
  /// Throws ConfigError for options out of their range or without a use for this model.
  Finder(Engine& engine, const FinderOptions& options);
  Prediction find(const FinderInput& input);
  /// One prediction an input, in order.
  std::vector<Prediction> find_all(std::span<const FinderInput> inputs);
  const EngineInfo& info() const { return engine_.info(); }

 private:
  Prediction assemble(const FinderInput& input, const FinderPart& part, RawPrediction raw) const;
  Prediction together(const FinderInput& input, std::vector<Prediction> parts) const;

  Engine& engine_;
  FinderOptions options_;
};

/// Square network input: grey, bilinear; averaged where it shrinks by more than two.
Image network_input(const Image& image, const Box& region, std::int64_t side);

/// The grid as a mask of height x width: bilinear, >= threshold, zero outside the region. Empty for an empty grid.
Mask mask_from_grid(const ProbabilityMap& grid, const Box& region, std::int64_t height, std::int64_t width,
                    double threshold);

}  // namespace lanet
