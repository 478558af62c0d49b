#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "finding/finding.hpp"

namespace lanet {

/// A row of findings.csv: an image, or a frame of a cine.
struct FindingsRow {
  std::string file;  // as the user named it; in an archive: ARCHIVE:ENTRY
  std::string name;  // of the results: NAME.json
  std::string decision;
  std::int64_t part = 0;  // the part of the screen that was decided on, from 1; 0: the screen shows one picture
  std::vector<ClassProbability> classes;
  std::int64_t lesions = 0;
  std::optional<Lesion> largest;
  std::vector<std::string> doubts;
};
FindingsRow findings_row(const std::string& file, const Finding& finding);

/// The one form of findings.csv, wherever it is written (docs/formats.md): file, name, decision, part,
/// probability_CLASS ..., lesions, and of the largest lesion x1 y1 x2 y2 area_px longest_px across_px longest_mm
/// across_mm; doubts.
std::string findings_csv_header(const std::vector<std::string>& classes);
/// A line with its LF. Cells that say nothing (no lesion, no spacing, a class that the finding does not know) are
/// empty. Names that are no UTF-8 are escaped, cells that a spreadsheet would compute are text.
std::string findings_csv_line(const FindingsRow& row, const std::vector<std::string>& classes);

}  // namespace lanet
