#pragma once

#include <filesystem>

#include "report/run_folder.hpp"

namespace lanet {

/// Writes RUN/report.html (self-contained) and RUN/figures/ (each drawing as SVG with its CSV). Returns the page's
/// path. Throws InTheWay for a file there that lanet did not write, without `overwrite`. Pictures need the data set
/// where the run found it; without it the report says so.
std::filesystem::path write_run_report(const RunFolder& run, bool overwrite = false);

}  // namespace lanet
