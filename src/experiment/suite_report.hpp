#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiment/analysis.hpp"
#include "experiment/runner.hpp"

namespace lanet {

/// Writes RESULTS/SUITE/: figures/ (SVG, PNG, CSV), tables/ (Markdown, CSV, LaTeX) of every part, and report.html, one
/// page without references to elsewhere. parts: the suites of expand_suite; cells: those of each part. Returns the
/// page's path. What is not trained is named as such. Throws InTheWay where one of them is the user's own file, before
/// the first is written.
std::filesystem::path write_suite_report(const Suite& suite, const std::vector<SuiteResult>& parts,
                                         const std::vector<std::vector<Cell>>& cells,
                                         const std::filesystem::path& results, bool overwrite = false);

/// RESULTS/SUITE/cells.json: which trainings the suite asks for (format lanet-suite, docs/formats.md), so that others
/// can count them while they run. Throws InTheWay where it, or the report that will follow, is the user's own file.
void write_suite_cells(const Suite& suite, const std::vector<Cell>& cells, const std::filesystem::path& results,
                       bool overwrite = false);
/// The names in it; nothing where the file is missing or none of lanet's.
std::optional<std::vector<std::string>> read_suite_cells(const std::filesystem::path& results,
                                                         const std::string& suite);

}  // namespace lanet
