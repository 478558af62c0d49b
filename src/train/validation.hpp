#pragma once

#include <array>
#include <functional>
#include <vector>

#include "engine/compute.hpp"
#include "loss/hybrid.hpp"
#include "model/network.hpp"
#include "train/batch.hpp"

namespace lanet {

/// Means over one pass; a term that the stage does not have, or that no image carries, is NaN.
struct PassMeans {
  double loss = 0;
  double class_loss = 0;
  double location_loss = 0;
  double pseudo_loss = 0;
};

/// What one pass over the validation part gives.
struct ValidationResult {
  PassMeans means;
  double accuracy = 0;  // of images with a class; NaN for stage 1
  double auc = 0;       // of the positive class (K = 2), else NaN
  double jsi = 0;       // mean over images with a lesion, at network input size; NaN without location head
};

/// The loss of one batch, as the stage at hand defines it.
using BatchLoss = std::function<HybridLoss(const NetworkOutput& output, const Batch& batch)>;

/// Runs the network in evaluation mode over all samples. positive: index of the positive class.
ValidationResult validate_network(Network& network, const ImageCache& samples, std::int64_t input_size,
                                  std::int64_t batch_size, std::int64_t positive, bool classify, const BatchLoss& loss,
                                  const Compute& compute);

/// A loss and its parts as numbers, and how many images each part rests on. A part that is undefined is NaN.
struct LossNumbers {
  double total = 0;
  double classification = 0;
  double labelled = 0;
  double pseudo = 0;
  double images = 0;
  double labelled_images = 0;
  double classified_images = 0;
};

/// Brings a batch's loss to the processor in one transfer: on a GPU each one waits for all work before it.
LossNumbers numbers_of(const HybridLoss& loss, const Batch& batch);

/// Means of per-batch losses, each weighted by the number of images that it rests on.
class MeanOfBatches {
 public:
  void add(const LossNumbers& loss);
  PassMeans means() const;

 private:
  struct Sum {
    double total = 0;
    double weight = 0;
  };
  std::array<Sum, 4> sums_{};
};

/// The batch on the device, images in channels_last.
void move_batch(Batch& batch, const torch::Device& device);

}  // namespace lanet
