#pragma once

#include "engine/compute.hpp"
#include "modelfile/model_card.hpp"
#include "train/metrics_log.hpp"
#include "train/options.hpp"
#include "train/training_data.hpp"

namespace lanet {

/// The card of a run's best model: its architecture, classes, data and what it reached in validation in this epoch.
ModelCard card_of_run(const TrainOptions& options, const TrainingData& data, const Compute& compute,
                      const EpochRow& row);

}  // namespace lanet
