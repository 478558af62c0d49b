#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/options.hpp"

namespace lanet {

/// A part of a training: so many epochs of one objective.
struct Stage {
  std::int64_t number = 1;
  ScheduleOptions course;
  bool classifies = false;     // whether class metrics mean anything yet
  std::string best_file;       // of the run folder: what its best epoch is kept in
  bool makes_a_model = false;  // a whole model with its card; else the network's tensors alone
};

/// The stages that the options ask for, in order (Algorithm 1): location where it has epochs, then classes and
/// location.
std::vector<Stage> stages_of(const TrainOptions& options);
/// Place of the stage with a number. Throws DataError(place) where there is none.
std::size_t place_of_stage(const std::vector<Stage>& stages, std::int64_t number, const std::string& place);

}  // namespace lanet
