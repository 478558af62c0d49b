#include "serve/run_state.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/run_lock.hpp"
#include "core/settings.hpp"
#include "experiment/cell_record.hpp"
#include "experiment/suite_report.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
           std::string_view("._- +=,").find(letter) != std::string_view::npos;
  });
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code))
    if (entry.is_directory(code) && is_plain_name(entry.path().filename().string()))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Epochs that the settings ask for, of both stages; 0 where they do not say.
std::int64_t planned_epochs(const fs::path& run) {
  try {
    std::int64_t epochs = 0;
    for (const auto& [key, value] : read_setting_texts(read_text_file(run / "settings.toml"), "settings.toml"))
      if (key == "stage1.epochs" || key == "stage2.epochs") epochs += std::stoll(value);
    return epochs;
  } catch (const std::exception&) {
    return 0;
  }
}

/// The table of epochs; empty where there is none yet.
CsvTable metrics_of(const fs::path& run) {
  std::error_code code;
  return fs::exists(run / "metrics.csv", code) ? read_csv(run / "metrics.csv") : CsvTable{};
}

Json cell_json(const std::string& cell) {
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  const bool whole = !cell.empty() && end == cell.c_str() + cell.size() && std::isfinite(value);
  return whole ? Json(value) : Json(nullptr);
}

/// The best value of each validation column and its epoch.
Json best_of(const CsvTable& metrics) {
  Json best = Json::object();
  for (std::size_t column = 0; column < metrics.columns.size(); ++column) {
    const std::string& name = metrics.columns[column];
    if (!name.starts_with("val_")) continue;
    const bool lower = name.ends_with("loss");
    for (const auto& row : metrics.rows) {
      const Json value = cell_json(row[column]);
      if (value.is_null()) continue;
      if (!best.contains(name) || (lower ? value < best[name] : value > best[name])) best[name] = value;
    }
  }
  return best;
}

Json describe_run(const fs::path& run, const std::string& name, const CsvTable& metrics) {
  const Json record = parse_json<Json>(read_text_file(run / "record.json"), "record.json");
  const bool running = run_is_locked(run);
  const bool done = record.at("finished").is_string();
  const std::int64_t seconds_column = metrics.find_column("seconds"), stage_column = metrics.find_column("stage");
  double seconds = 0;
  for (const auto& row : metrics.rows)
    if (seconds_column >= 0) seconds += std::strtod(row[static_cast<std::size_t>(seconds_column)].c_str(), nullptr);
  Json stage = nullptr;
  if (stage_column >= 0 && !metrics.rows.empty())
    stage = cell_json(metrics.rows.back()[static_cast<std::size_t>(stage_column)]);
  const auto epochs_done = static_cast<std::int64_t>(metrics.rows.size());
  return {{"name", name},
          {"state", running ? "running"
                    : done  ? "done"
                            : "stopped"},
          {"stage", stage.is_number() ? Json(static_cast<std::int64_t>(stage.get<double>())) : Json(nullptr)},
          {"epochs_done", epochs_done},
          {"epochs", std::max(planned_epochs(run), epochs_done)},
          {"started", record.at("started")},
          {"seconds", seconds},
          {"best", best_of(metrics)},
          {"has_report", fs::exists(run / "report.html")}};
}

Json describe_experiment(const fs::path& folder, const std::string& name) {
  Json counts{{"suite", name}, {"done", 0}, {"running", 0}, {"failed", 0}, {"to_do", 0}};
  double seconds = 0;
  // Older results do not say which trainings a suite asks for: there, those of the folder are counted.
  const auto listed = read_suite_cells(folder, name);
  for (const std::string& cell : listed ? *listed : folders_in(folder / "cells")) {
    Cell named;
    named.name = cell;
    const CellRecord record = read_cell_record(folder, named);
    const std::string state = record.state == CellState::kToDo ? "to_do" : to_text(record.state);
    counts[state] = counts[state].get<std::int64_t>() + 1;
    if (record.state == CellState::kComplete) seconds += record.seconds;
  }
  const auto done = counts["done"].get<double>();
  const double left = counts["to_do"].get<double>() + counts["running"].get<double>();
  counts["seconds_left"] = done > 0 ? Json(seconds / done * left) : Json(nullptr);
  counts["has_report"] = report_of(folder, name).has_value();
  return counts;
}

}  // namespace

Json runs_json(const fs::path& folder) {
  Json runs = Json::array();
  for (const std::string& name : folders_in(folder)) {
    std::error_code code;
    if (!fs::exists(folder / name / "record.json", code)) continue;
    try {
      runs.push_back(describe_run(folder / name, name, metrics_of(folder / name)));
    } catch (const std::exception&) {  // half written or damaged: the others are shown
    }
  }
  std::stable_sort(runs.begin(), runs.end(), [](const Json& first, const Json& second) {
    return first.at("started").dump() > second.at("started").dump();
  });
  return runs;
}

std::optional<Json> run_json(const fs::path& folder, const std::string& name) {
  std::error_code code;
  if (!is_plain_name(name) || !fs::exists(folder / name / "record.json", code)) return std::nullopt;
  try {
    const CsvTable metrics = metrics_of(folder / name);
    Json run = describe_run(folder / name, name, metrics);
    run["columns"] = metrics.columns;
    run["rows"] = Json::array();
    for (const auto& row : metrics.rows) {
      Json cells = Json::array();
      for (const std::string& cell : row) cells.push_back(cell_json(cell));
      run["rows"].push_back(std::move(cells));
    }
    return run;
  } catch (const nlohmann::json::exception&) {
    throw DataError({name, "a damaged record", "a folder that `lanet train` wrote", ""});
  }
}

Json experiments_json(const fs::path& folder) {
  Json experiments = Json::array();
  std::error_code code;
  for (const std::string& name : folders_in(folder)) {
    const bool begun = fs::exists(folder / name / "cells.json", code);
    if (name == "cells" || (!begun && !fs::is_directory(folder / name / "tables", code))) continue;
    try {
      experiments.push_back(describe_experiment(folder, name));
    } catch (const std::exception&) {  // a damaged record of a cell
    }
  }
  return experiments;
}

std::optional<std::string> report_of(const fs::path& folder, const std::string& name) {
  std::error_code code;
  const fs::path file = folder / name / "report.html";
  if (!is_plain_name(name) || !fs::is_regular_file(file, code)) return std::nullopt;
  return read_text_file(file);
}

}  // namespace lanet
