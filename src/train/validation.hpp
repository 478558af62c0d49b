#pragma once

#include <functional>

#include "engine/compute.hpp"
#include "model/network.hpp"
#include "train/batch.hpp"
#include "train/loss_terms.hpp"

namespace lanet {

/// What one pass over the validation part gives.
struct ValidationResult {
  PassMeans means;
  double accuracy = 0;  // of images with a class; NaN for stage 1
  double auc = 0;       // of the positive class (K = 2), else NaN
  double jsi = 0;       // mean over images with a lesion, at network input size; NaN without location head
};

/// The loss of one batch, as the objective at hand defines it.
using BatchLoss = std::function<LossTerms(const NetworkOutput& output, const Batch& batch)>;

/// Runs the network in evaluation mode over all samples. positive: index of the positive class.
ValidationResult validate_network(Network& network, const ImageCache& samples, std::int64_t input_size,
                                  std::int64_t batch_size, std::int64_t positive, bool classify, const BatchLoss& loss,
                                  const Compute& compute);

/// The batch on the device, images in channels_last.
void move_batch(Batch& batch, const torch::Device& device);

}  // namespace lanet
