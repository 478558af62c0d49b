#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/suite.hpp"

namespace lanet {

/// What stands in the way of trainings, found before the first begins.
struct Preflight {
  std::vector<std::string> problems;  // trainings would fail: one line a cause, with its remedy
  std::vector<std::string> notes;     // they would run, but their figures mean less than they seem to
};

/// Looks for what the cells need: the weights they start from, location labels for the heads that learn from them,
/// patients that stand in one subset alone, space for their run folders. (That pictures and masks are there, make_cells
/// has seen.) Each cause once, however many cells share it. Trains nothing, writes nothing. No cells: nothing is said.
Preflight check_before_training(const std::vector<Cell>& cells, const std::filesystem::path& results);

/// Space that a finished run of this feature extractor takes: checkpoints with Adam's moments, best networks, lists.
double run_bytes(const std::string& backbone);

}  // namespace lanet
