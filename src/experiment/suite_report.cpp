#include "experiment/suite_report.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include <stdlib.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "dataset/manifest.hpp"
#include "experiment/suite_figures.hpp"
#include "finding/finding_json.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"
#include "image/drawing.hpp"
#include "image/geometry.hpp"
#include "report/page.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPanelImages = 6;
constexpr std::int64_t kPanelSide = 320;
constexpr double kSignificant = 0.05;
constexpr const char* kReportName = "report.html";
constexpr const char* kCellsName = "cells.json";
constexpr const char* kCellsFormat = "lanet-suite";

std::string table_html(const SuiteTable& content) {
  if (content.rows.empty()) return "";
  std::vector<std::vector<TableCell>> rows;
  for (const auto& row : content.rows) {
    rows.emplace_back();
    for (const std::string& text : row) rows.back().push_back({text, false});
  }
  return table(content.columns, rows);
}

/// The same with the columns that hold one value throughout said in a sentence: the rest fits a narrow screen.
std::string short_table_html(const SuiteTable& content) {
  if (content.rows.size() < 2) return table_html(content);
  SuiteTable shorter;
  shorter.rows.resize(content.rows.size());
  std::vector<std::string> constant;
  for (std::size_t column = 0; column < content.columns.size(); ++column) {
    const std::string& first = content.rows.front()[column];
    if (std::all_of(content.rows.begin(), content.rows.end(), [&](const auto& row) { return row[column] == first; })) {
      constant.push_back(content.columns[column] + " " + first);
      continue;
    }
    shorter.columns.push_back(content.columns[column]);
    for (std::size_t row = 0; row < content.rows.size(); ++row) shorter.rows[row].push_back(content.rows[row][column]);
  }
  if (shorter.columns.empty()) return table_html(content);
  return (constant.empty() ? "" : "<p class=\"soft\">In all rows: " + escape_html(join_text(constant, "; ")) + "</p>") +
         table_html(shorter);
}

void write_table(const SuiteTable& content, const fs::path& folder, const std::string& name) {
  write_file_atomically(folder / (name + ".md"), content.markdown());
  write_file_atomically(folder / (name + ".csv"), content.csv());
  write_file_atomically(folder / (name + ".tex"), content.latex());
}

std::string figures_html(const std::vector<Figure>& figures, const fs::path& folder) {
  if (figures.empty()) return "";
  std::string html = "<div class=\"figures\">";
  for (const Figure& figure : figures)
    html += "<figure>" + draw_figure(figure, folder) + "<figcaption>" + escape_html(figure.caption) +
            "</figcaption></figure>\n";
  return html + "</div>\n";
}

/// Per metric and other head: does the tested one do better, and how sure is that?
std::string verdict_html(const SuiteResult& result) {
  std::string html;
  for (const std::string& metric : result.suite.metrics)
    for (const Comparison& comparison : result.comparisons) {
      if (comparison.metric != metric) continue;
      const ResultGroup &left = result.groups[comparison.left], &right = result.groups[comparison.right];
      const bool higher = comparison.difference > 0;
      const bool sure = higher ? comparison.t_holm < kSignificant : comparison.interval.high < 0;
      const bool confirmed = higher && comparison.interval.low > 0;
      const std::string verdict = higher ? (sure || confirmed ? "holds" : "points the same way, not certain")
                                         : (sure ? "does not hold: it is lower" : "not seen");
      const std::string place = block_title(left.cell);
      html += "<li><b>" + escape_html(metric) + "</b>: " + escape_html(series_title(left, true)) + " above " +
              escape_html(series_title(right, true)) + (place.empty() ? "" : " (" + escape_html(place) + ")") +
              ": <b>" + verdict + "</b>; " + fixed(comparison.difference, 3) + " [" +
              fixed(comparison.interval.low, 3) + ", " + fixed(comparison.interval.high, 3) + "], t-test after Holm " +
              (std::isnan(comparison.t_holm) ? "not possible with one run" : "p = " + fixed(comparison.t_holm, 3)) +
              "</li>";
    }
  return html.empty() ? "" : "<h3>What holds</h3><ul>" + html + "</ul>";
}

Image fitted(const Image& image) {
  const std::int64_t longest = std::max(image.height, image.width);
  if (longest <= kPanelSide) return image;
  const auto scale = [&](std::int64_t side) { return std::max<std::int64_t>(1, side * kPanelSide / longest); };
  return resize(image, scale(image.height), scale(image.width), Resampling::kArea);
}

/// Run folder of the first seed (and fold).
fs::path first_run(const ResultGroup& group, const std::vector<Cell>& cells, const fs::path& results) {
  for (const Cell& cell : cells)
    if (cell.group() == group.cell.group() && cell.seed == group.repeats.front().seed) return cell_run(results, cell);
  return {};
}

/// First seed's findings of a group, by image.
std::map<std::string, Finding> findings_of(const ResultGroup& group, const std::vector<Cell>& cells,
                                           const fs::path& results) {
  std::map<std::string, Finding> findings;
  for (const Cell& cell : cells) {
    if (cell.group() != group.cell.group() || cell.seed != group.repeats.front().seed) continue;
    const fs::path file = cell_run(results, cell) / "findings_test.jsonl";
    for (const std::string& line : split_text(read_text_file(file), '\n'))
      if (!trim(line).empty()) {
        Finding finding = finding_from_json(line, file.string());
        findings[finding.image_id] = std::move(finding);
      }
  }
  return findings;
}

/// Ids from the best to the worst by the tested head's JSI, both among them, evenly taken.
std::vector<std::string> panel_ids(const SuiteResult& result) {
  std::vector<std::pair<double, std::string>> ranked;
  for (const ResultGroup& group : result.groups)
    if (ranked.empty() && group.cell.head == result.suite.tested && !group.repeats.empty())
      for (const ImageResult& image : group.repeats.front().results)
        if (image.jsi) ranked.emplace_back(*image.jsi, image.id);
  std::sort(ranked.rbegin(), ranked.rend());
  std::vector<std::string> ids;
  const std::size_t count = std::min(kPanelImages, ranked.size());
  for (std::size_t place = 0; place < count; ++place)
    ids.push_back(ranked[place * (ranked.size() - 1) / std::max<std::size_t>(1, count - 1)].second);
  return ids;
}

/// A test image with what one network makes of it.
struct Panel {
  std::string network;
  std::string id;
  std::optional<double> jsi;
  Image picture;
};

std::optional<double> jsi_of(const ResultGroup& group, const std::string& id) {
  for (const ImageResult& result : group.repeats.front().results)
    if (result.id == id) return result.jsi;
  return std::nullopt;
}

std::vector<Panel> panels_of(const ResultGroup& group, const std::vector<std::string>& ids, bool heat,
                             const std::vector<Cell>& cells, const fs::path& results) {
  const auto findings = findings_of(group, cells, results);
  const Manifest manifest = read_manifest(group.cell.data);
  std::vector<Panel> panels;
  for (const std::string& id : ids) {
    const std::int64_t index = manifest.find(id);
    if (index < 0 || !findings.contains(id)) continue;
    const Sample& sample = manifest.samples[static_cast<std::size_t>(index)];
    const Image image = read_image(manifest.image_path(sample));
    const auto truth = read_truth_mask(manifest, sample, image.height, image.width);
    const fs::path heat_map = first_run(group, cells, results) / "explain" / (id + "_heat.png");
    if (heat && !fs::exists(heat_map)) continue;
    Image picture = heat ? read_image(heat_map) : draw_finding(image, findings.at(id), truth);
    if (heat && truth) draw_contour(picture, *truth, kTruthColor);
    panels.push_back(
        {series_title(group, true) + ", " + block_title(group.cell), id, jsi_of(group, id), fitted(picture)});
  }
  return panels;
}

std::string jsi_text(const std::optional<double>& jsi) { return jsi ? fixed(*jsi, 3) : "-"; }

/// A row a network, a column an image: one picture for a paper.
std::string panel_svg(const std::vector<std::vector<Panel>>& rows) {
  constexpr std::int64_t kStep = kPanelSide + 10, kText = 22;
  std::size_t columns = 0;
  std::string body;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    columns = std::max(columns, rows[row].size());
    const auto top = static_cast<std::int64_t>(row) * (kStep + 2 * kText);
    body +=
        "<text x=\"0\" y=\"" + std::to_string(top + 16) + "\">" + escape_html(rows[row].front().network) + "</text>\n";
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      const Panel& panel = rows[row][column];
      const std::string x = std::to_string(static_cast<std::int64_t>(column) * kStep);
      body += "<image x=\"" + x + "\" y=\"" + std::to_string(top + kText) + "\" width=\"" +
              std::to_string(panel.picture.width) + "\" height=\"" + std::to_string(panel.picture.height) +
              "\" href=\"data:image/jpeg;base64," + base64(encode_jpeg(panel.picture, 90)) + "\"/>\n<text x=\"" + x +
              "\" y=\"" + std::to_string(top + kText + panel.picture.height + 16) + "\">" +
              escape_html(panel.id + ", JSI " + jsi_text(panel.jsi)) + "</text>\n";
    }
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
         std::to_string(static_cast<std::int64_t>(columns) * kStep) + "\" height=\"" +
         std::to_string(static_cast<std::int64_t>(rows.size()) * (kStep + 2 * kText)) +
         "\" font-family=\"sans-serif\" font-size=\"13\">\n" + body + "</svg>\n";
}

void write_panels(const std::vector<std::vector<Panel>>& rows, const std::string& suite, const fs::path& folder) {
  std::vector<std::vector<std::string>> lines;
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (const Panel& panel : rows[row]) {
      const std::string name = suite + "_" + std::to_string(row + 1) + "_" + panel.id + ".png";
      lines.push_back({panel.network, panel.id, jsi_text(panel.jsi), name});
      write_png(folder / name, panel.picture);
    }
  write_file_atomically(folder / (suite + "_panels.csv"), to_csv({"network", "image", "jsi", "file"}, lines));
  write_file_atomically(folder / (suite + "_panels.svg"), panel_svg(rows));
}

std::string panels_html(const SuiteResult& result, const std::vector<Cell>& cells, const fs::path& results,
                        const fs::path& folder) {
  const std::vector<std::string> ids = panel_ids(result);
  const bool heat = result.suite.kind == "heat";
  std::vector<std::vector<Panel>> rows;
  for (const ResultGroup& group : result.groups) {
    if (group.repeats.empty() || (!heat && !locates(group.cell.head))) continue;
    if (auto panels = panels_of(group, ids, heat, cells, results); !panels.empty()) rows.push_back(std::move(panels));
  }
  if (rows.empty()) return "";
  write_panels(rows, result.suite.name, folder);
  std::string html = "<p class=\"soft\">Test images from the best to the worst JSI of " +
                     escape_html(head_title(result.suite.tested)) +
                     ", first seed.<span class=\"key\" style=\"background:#ff8c00\"></span>prediction"
                     "<span class=\"key\" style=\"background:#40c85a\"></span>truth</p>";
  for (const auto& panels : rows) {
    html += "<h3>" + escape_html(panels.front().network) + "</h3><div class=\"pictures\">";
    for (const Panel& panel : panels)
      html += "<figure>" + picture_tag(panel.picture, panel.id) + "<figcaption>" + escape_html(panel.id) + ", JSI " +
              jsi_text(panel.jsi) + "</figcaption></figure>\n";
    html += "</div>";
  }
  return html;
}

std::string numbers_html(const std::vector<Cell>& cells, const fs::path& results) {
  std::vector<std::vector<TableCell>> rows;
  for (const Cell& cell : cells) {
    const CellRecord record = read_cell_record(results, cell);
    rows.push_back({{cell.name, false},
                    {to_text(record.state), false},
                    {record.seconds > 0 ? human_seconds(record.seconds) : "-", true},
                    {record.reason, false}});
  }
  return "<details><summary>" + std::to_string(cells.size()) + " trainings</summary>" +
         table({"cell", "state", "time", ""}, rows) + "</details>";
}

std::string part_html(const SuiteResult& result, const std::vector<Cell>& cells, const fs::path& results,
                      const fs::path& folder) {
  const fs::path figures = folder / "figures", tables = folder / "tables";
  const SuiteTable values = result_table(result), comparisons = comparison_table(result),
                   calibration = calibration_table(result);
  write_table(values, tables, result.suite.name);
  if (!comparisons.rows.empty()) write_table(comparisons, tables, result.suite.name + "_comparisons");
  if (!calibration.rows.empty()) write_table(calibration, tables, result.suite.name + "_calibration");
  Suite suite = result.suite;
  std::string html = suite.question.empty() ? "" : "<p>" + escape_html(suite.question) + "</p>";
  html += verdict_html(result);
  if (suite.kind == "bars" || suite.kind == "heat") html += figures_html(bar_figures(result), figures);
  if (suite.kind == "lines") html += figures_html(line_figures(result), figures);
  if (suite.kind == "panels" || suite.kind == "heat") html += panels_html(result, cells, results, figures);
  html += "<h3>Values</h3>" + short_table_html(values);
  html += "<details><summary>All comparisons</summary>" + table_html(comparisons) + "</details>";
  html += "<details><summary>Calibration</summary>" + table_html(calibration) +
          figures_html(calibration_figures(result), figures) + "</details>";
  html += numbers_html(cells, results);
  html += "<details><summary>The suite's settings</summary><pre>" + escape_html(to_commented_toml(fields_of(suite))) +
          "</pre></details>";
  return section(suite.title, html);
}

/// A folder that is gone with this object.
class DrawingFolder {
 public:
  DrawingFolder() {
    std::string name = (fs::temp_directory_path() / "lanet-report-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw SystemError({name, std::string("cannot create the folder (") + std::strerror(errno) + ")", "",
                         remedy_for_system_error(errno)});
    path_ = name;
  }
  ~DrawingFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
  }
  DrawingFolder(const DrawingFolder&) = delete;
  DrawingFolder& operator=(const DrawingFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Takes everything over that was drawn, if nothing of the user's is in the way of any of it.
void publish(const fs::path& drawn, const fs::path& folder, bool overwrite) {
  OutputFolder out(folder, overwrite);
  std::vector<fs::path> names;
  for (const auto& entry : fs::recursive_directory_iterator(drawn))
    // Each writer keeps a record of its own: here it is the folder's.
    if (entry.is_regular_file() && entry.path().filename() != kOutputRecordName)
      names.push_back(entry.path().lexically_relative(drawn));
  std::sort(names.begin(), names.end());
  out.require_writable(names);
  for (const fs::path& name : names) out.write(name, read_file(drawn / name));
}

}  // namespace

fs::path write_suite_report(const Suite& suite, const std::vector<SuiteResult>& parts,
                            const std::vector<std::vector<Cell>>& cells, const fs::path& results, bool overwrite) {
  std::int64_t done = 0, all = 0;
  for (const auto& of_part : cells)
    for (const Cell& cell : of_part) {
      ++all;
      done += read_cell_record(results, cell).state == CellState::kComplete ? 1 : 0;
    }
  std::string html = "<h1>" + escape_html(suite.title) + "</h1><p class=\"soft\">" + std::to_string(done) + " of " +
                     std::to_string(all) + " trainings done; lanet " + kVersion +
                     ". Intervals: 95 %. Research use only, not a medical device.</p>";
  if (done < all) html += "<p class=\"warn\">Not all of this has been run: what is missing is marked \"not run\".</p>";
  const DrawingFolder drawn;
  for (std::size_t part = 0; part < parts.size(); ++part)
    html += part_html(parts[part], cells[part], results, drawn.path());
  write_file_atomically(drawn.path() / kReportName, page(suite.title + " - lanet", html));
  publish(drawn.path(), results / suite.name, overwrite);
  return results / suite.name / kReportName;
}

void write_suite_cells(const Suite& suite, const std::vector<Cell>& cells, const fs::path& results, bool overwrite) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const Cell& cell : cells) names.push_back(cell.name);
  OutputFolder out(results / suite.name, overwrite);
  out.require_writable({kCellsName, kReportName});
  out.write(
      kCellsName,
      nlohmann::ordered_json{{"format", kCellsFormat}, {"version", 1}, {"suite", suite.name}, {"cells", names}}.dump(
          2) +
          "\n");
}

std::optional<std::vector<std::string>> read_suite_cells(const fs::path& results, const std::string& suite) {
  const fs::path file = results / suite / kCellsName;
  std::error_code code;
  if (!fs::is_regular_file(file, code)) return std::nullopt;
  const auto json = parse_json(read_text_file(file), file.string());
  if (!json.is_object() || json.value("format", "") != kCellsFormat) return std::nullopt;
  try {
    return json.at("cells").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw DataError({file.string(), "no list `cells` of names", "what `lanet experiment` wrote", "run it again"});
  }
}

}  // namespace lanet
