#include "evaluate/image_result.hpp"

#include <algorithm>
#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr const char* kProbability = "probability_";
constexpr const char* kExtra = "column_";

/// The optional numbers, each once.
struct NumberColumn {
  const char* name;
  std::optional<double> ImageResult::*member;
};
constexpr NumberColumn kNumbers[] = {{"jsi", &ImageResult::jsi},
                                     {"jsi_input", &ImageResult::jsi_input},
                                     {"dice", &ImageResult::dice},
                                     {"hd95_px", &ImageResult::hd95_px},
                                     {"assd_px", &ImageResult::assd_px},
                                     {"hd95_mm", &ImageResult::hd95_mm},
                                     {"assd_mm", &ImageResult::assd_mm},
                                     {"ceiling_jsi", &ImageResult::ceiling_jsi},
                                     {"false_area", &ImageResult::false_area}};

std::string candidates_text(const std::vector<LesionCandidate>& candidates) {
  std::vector<std::string> parts;
  for (const LesionCandidate& candidate : candidates)
    parts.push_back(exact(candidate.score) + ":" + std::to_string(candidate.hits));
  return join_text(parts, " ");
}

std::vector<LesionCandidate> candidates_from(const std::string& text, const std::string& place) {
  std::vector<LesionCandidate> candidates;
  if (text.empty()) return candidates;
  for (const std::string& part : split_text(text, ' ')) {
    const auto pair = split_text(part, ':');
    if (pair.size() != 2) throw DataError({place, "'" + part + "' in candidates", "score:lesion", ""});
    candidates.push_back({parse_number(pair[0], place, "candidates"), parse_integer(pair[1], place, "candidates")});
  }
  return candidates;
}

}  // namespace

std::string results_to_csv(const std::vector<ImageResult>& results, const std::vector<std::string>& classes) {
  std::set<std::string> extras;
  for (const ImageResult& result : results)
    for (const auto& [name, value] : result.extra) extras.insert(name);
  std::vector<std::string> columns{"id", "group", "class"};
  for (const std::string& name : classes) columns.push_back(kProbability + name);
  columns.emplace_back("location");
  for (const NumberColumn& number : kNumbers) columns.emplace_back(number.name);
  columns.insert(columns.end(), {"true_lesions", "candidates"});
  for (const std::string& name : extras) columns.push_back(kExtra + name);

  std::vector<std::vector<std::string>> rows;
  for (const ImageResult& result : results) {
    std::vector<std::string> row{result.id, result.group};
    row.push_back(result.truth_class < 0 ? "" : classes.at(static_cast<std::size_t>(result.truth_class)));
    for (const double probability : result.probabilities) row.push_back(exact(probability));
    row.emplace_back(to_text(result.location));
    for (const NumberColumn& number : kNumbers) {
      const std::optional<double>& value = result.*number.member;
      row.push_back(value ? exact(*value) : "");
    }
    row.push_back(std::to_string(result.true_lesions));
    row.push_back(candidates_text(result.candidates));
    for (const std::string& name : extras) {
      const auto found = result.extra.find(name);
      row.push_back(found == result.extra.end() ? "" : found->second);
    }
    rows.push_back(std::move(row));
  }
  return to_csv(columns, rows);
}

ResultTable results_from_csv(const std::string& text, const std::string& place) {
  const CsvTable table = parse_csv(text, place);
  ResultTable result_table;
  std::vector<std::size_t> probability_columns;
  std::vector<std::pair<std::size_t, std::string>> extra_columns;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const std::string& name = table.columns[column];
    if (name.rfind(kProbability, 0) == 0) {
      probability_columns.push_back(column);
      result_table.classes.push_back(name.substr(std::string(kProbability).size()));
    } else if (name.rfind(kExtra, 0) == 0) {
      extra_columns.emplace_back(column, name.substr(std::string(kExtra).size()));
    }
  }
  const auto column_of = [&](const char* name) { return static_cast<std::size_t>(table.require_column(name)); };
  for (std::size_t index = 0; index < table.rows.size(); ++index) {
    const auto& row = table.rows[index];
    const std::string row_place = table.row_place(index);
    ImageResult result;
    result.id = row[column_of("id")];
    result.group = row[column_of("group")];
    const std::string& class_name = row[column_of("class")];
    const auto found = std::find(result_table.classes.begin(), result_table.classes.end(), class_name);
    if (!class_name.empty() && found == result_table.classes.end())
      throw DataError({row_place, "class '" + class_name + "'", join_text(result_table.classes, ", "), ""});
    if (!class_name.empty()) result.truth_class = found - result_table.classes.begin();
    for (const std::size_t column : probability_columns)
      result.probabilities.push_back(parse_number(row[column], row_place, table.columns[column]));
    result.location = location_from_text(row[column_of("location")], row_place);
    for (const NumberColumn& number : kNumbers) {
      const std::string& cell = row[column_of(number.name)];
      if (!cell.empty()) result.*number.member = parse_number(cell, row_place, number.name);
    }
    result.true_lesions = parse_integer(row[column_of("true_lesions")], row_place, "true_lesions");
    result.candidates = candidates_from(row[column_of("candidates")], row_place);
    for (const auto& [column, name] : extra_columns)
      if (!row[column].empty()) result.extra[name] = row[column];
    result_table.results.push_back(std::move(result));
  }
  return result_table;
}

}  // namespace lanet
