#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "core/nan.hpp"

namespace lanet {

/// A part of a loss that is reported: in metrics.csv as train_NAME_loss and, where it means something in evaluation
/// mode, val_NAME_loss.
struct TermName {
  std::string name;
  bool in_validation = true;
};

/// A batch's part of a loss.
struct LossTerm {
  torch::Tensor value;   // scalar; undefined where the stage or the network does not have it
  torch::Tensor images;  // scalar: how many images of the batch it rests on
};

/// The loss of a batch, and its parts in the order of Objective::terms().
struct LossTerms {
  torch::Tensor total;  // scalar, what is minimized
  std::vector<LossTerm> parts;
};

/// The same as numbers. A part that is undefined is NaN.
struct LossNumbers {
  struct Part {
    double value = kNan;
    double images = 0;
  };
  double total = kNan;
  double images = 0;  // of the batch
  std::vector<Part> parts;
};

/// Brings a batch's loss to the processor in one transfer: on a GPU each one waits for all work before it. images: of
/// the batch.
LossNumbers numbers_of(const LossTerms& terms, std::int64_t images);

/// Means over one pass; a part that the stage does not have, or that no image carries, is NaN.
struct PassMeans {
  double loss = kNan;
  std::vector<double> parts;
};

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
  Sum loss_;
  std::vector<Sum> parts_;
};

}  // namespace lanet
