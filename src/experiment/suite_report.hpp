#pragma once

#include <filesystem>
#include <vector>

#include "experiment/analysis.hpp"
#include "experiment/runner.hpp"

namespace lanet {

/// Writes RESULTS/SUITE/: figures/ (SVG, PNG, CSV), tables/ (Markdown, CSV, LaTeX) of every part, and report.html, one
/// page without references to elsewhere. parts: the suites of expand_suite; cells: those of each part. Returns the
/// page's path. What is not trained is named as such.
std::filesystem::path write_suite_report(const Suite& suite, const std::vector<SuiteResult>& parts,
                                         const std::vector<std::vector<Cell>>& cells,
                                         const std::filesystem::path& results);

}  // namespace lanet
