#pragma once

#include <string>
#include <vector>

#include "modelfile/checkpoint_state.hpp"
#include "train/options.hpp"

namespace lanet {

/// What may change between the start of a run and its continuation. Accepted: where the run and its data lie, device,
/// threads and kernels (numbers may then differ in their last digits), settings of a stage that has not begun, and more
/// or fewer epochs of the stage at hand where its learning rate is constant. Returns one line for each accepted change
/// that touches results. Throws ConfigError listing every other difference.
std::vector<std::string> check_resumable(const CheckpointState& state, TrainOptions wanted, const std::string& place);

}  // namespace lanet
