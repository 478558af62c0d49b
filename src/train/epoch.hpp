#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/progress.hpp"
#include "engine/compute.hpp"
#include "train/metrics_log.hpp"
#include "train/objective.hpp"
#include "train/options.hpp"
#include "train/stage.hpp"
#include "train/training_data.hpp"

namespace lanet {

/// What the epochs of a stage work with.
struct EpochContext {
  const TrainOptions& options;
  const TrainingData& data;
  const Stage& stage;
  const std::vector<std::int64_t>& members;  // training images that the stage learns from
  Objective& objective;
  const Compute& compute;
  const std::filesystem::path& folder;  // of the run
  Progress& progress;
};

/// Where an epoch's time went, in seconds.
struct EpochTime {
  double all = 0;
  double waited = 0;  // for batches
};

/// One pass over the training images; fills `train`, `learning_rate` and `images_per_second` of the row. after_step is
/// called after each step and may throw. A loss that is not finite ends it: the batch is left in the run's folder, and
/// DataError names it.
EpochTime train_epoch(const EpochContext& context, EpochRow& row, const std::function<void()>& after_step);

/// One pass over the validation images; fills `val`. Throws DataError for a loss that is not finite: weights that the
/// last step broke show here, and must not become a checkpoint.
void validate_epoch(const EpochContext& context, EpochRow& row);

}  // namespace lanet
