#pragma once

#include <vector>

#include "report/figure.hpp"
#include "report/run_folder.hpp"

namespace lanet {

/// Loss, validation figures and learning rate per epoch, stage 2 after stage 1. Empty without metrics.
std::vector<Figure> training_figures(const RunFolder& run);
/// ROC with its band, JSI histogram, FROC, reliability; only those that the evaluation has numbers for.
std::vector<Figure> result_figures(const RunFolder& run);

}  // namespace lanet
