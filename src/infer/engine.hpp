#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "image/image.hpp"
#include "modelfile/model_card.hpp"

namespace lanet {

/// What a network says of one image.
struct RawPrediction {
  std::vector<double> class_probabilities;  // in the card's order, sum 1, calibrated
  ProbabilityMap grid;  // P(Y_pixel) on the network's grid; without values for a network that only classifies
};

struct EngineInfo {
  ModelCard card;
  std::string model_id;   // file name and first digits of its digest
  std::string precision;  // "fp32", "bf16"
};

/// Runs a trained network. Nothing above it knows which library computes.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual const EngineInfo& info() const = 0;
  /// images: grey, side x side with side = info().card.input_size. Returns one prediction an image, in order; none for
  /// none.
  virtual std::vector<RawPrediction> run(std::span<const Image> images) = 0;
  /// Class activation of one image (docs/formats.md): per class, in the card's order, where in the picture the
  /// classifier sees it, in [0, 1]. Empty where the engine cannot say (several models or views as one).
  virtual std::vector<ProbabilityMap> class_activation(const Image& image);
};

/// max(0, a) / max over the map: 1 where the class is seen best; all zero where nothing speaks for it.
ProbabilityMap normalized_activation(ProbabilityMap activation);

/// softmax(logits / temperature).
std::vector<double> calibrated_softmax(std::span<const double> logits, double temperature);

/// Several models as one: class probabilities and grids are averaged; grids of different size are brought to the
/// largest (bilinear). One engine is returned as it is. Throws ConfigError for none, or where classes or input sizes
/// differ.
std::unique_ptr<Engine> make_ensemble(std::vector<std::unique_ptr<Engine>> members);

/// Test-time augmentation: the mean of what the engine says of `count` views of each image, at `count` times the cost.
/// 1: the image as it is (the engine is returned); 2: also mirrored left and right; 4: also up and down; 8: also turned
/// by 90 degrees. Throws ConfigError for other counts.
std::unique_ptr<Engine> make_views(std::unique_ptr<Engine> engine, int count);

}  // namespace lanet
