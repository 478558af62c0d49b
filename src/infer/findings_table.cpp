#include "infer/findings_table.hpp"

#include <algorithm>

#include "core/csv.hpp"
#include "core/readable.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr std::size_t kLesionCells = 9;

std::vector<std::string> cells_of(const Lesion& lesion) {
  std::vector<std::string> cells;
  for (const double side : {lesion.box.x1, lesion.box.y1, lesion.box.x2, lesion.box.y2})
    cells.push_back(fixed(side, 0));
  cells.push_back(std::to_string(lesion.area_px));
  cells.push_back(fixed(lesion.longest_px, 1));
  cells.push_back(fixed(lesion.across_px, 1));
  cells.push_back(lesion.longest_mm ? fixed(*lesion.longest_mm, 2) : "");
  cells.push_back(lesion.across_mm ? fixed(*lesion.across_mm, 2) : "");
  return cells;
}

std::string text_cell(const std::string& text) { return spreadsheet_cell(readable(text)); }

}  // namespace

FindingsRow findings_row(const std::string& file, const Finding& finding) {
  FindingsRow row{file, finding.image_id, finding.decision, finding.decision_part, finding.classes,
                  0,    std::nullopt,     finding.doubts};
  row.lesions = static_cast<std::int64_t>(finding.lesions.size());
  if (!finding.lesions.empty()) row.largest = finding.lesions.front();
  return row;
}

std::string findings_csv_header(const std::vector<std::string>& classes) {
  std::vector<std::string> columns{"file", "name", "decision", "part"};
  for (const std::string& name : classes) columns.push_back("probability_" + readable(name));
  for (const char* name :
       {"lesions", "x1", "y1", "x2", "y2", "area_px", "longest_px", "across_px", "longest_mm", "across_mm", "doubts"})
    columns.emplace_back(name);
  return csv_line(columns);
}

std::string findings_csv_line(const FindingsRow& row, const std::vector<std::string>& classes) {
  std::vector<std::string> cells{text_cell(row.file), text_cell(row.name), text_cell(row.decision),
                                 row.part > 0 ? std::to_string(row.part) : ""};
  for (const std::string& name : classes) {
    const auto found = std::find_if(row.classes.begin(), row.classes.end(),
                                    [&](const ClassProbability& each) { return each.name == name; });
    cells.push_back(found == row.classes.end() ? "" : fixed(found->probability, 6));
  }
  cells.push_back(std::to_string(row.lesions));
  const std::vector<std::string> lesion = row.largest ? cells_of(*row.largest) : std::vector<std::string>(kLesionCells);
  cells.insert(cells.end(), lesion.begin(), lesion.end());
  cells.push_back(text_cell(join_text(row.doubts, "; ")));
  return csv_line(cells);
}

}  // namespace lanet
