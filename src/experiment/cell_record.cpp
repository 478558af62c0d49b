#include "experiment/cell_record.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/version.hpp"
#include "experiment/cell_lock.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;
constexpr const char* kRecordName = "cell.json";

/// A cell's name without the digits of its digest.
std::string readable_part(const std::string& name) { return name.substr(0, name.rfind('-')); }

std::string why_stale(const CellRecord& record, const Cell& cell) {
  if (record.version != kVersion) return "another version of lanet (" + record.version + ")";
  if (record.data_digest.empty()) return "other data or settings";
  return record.data_digest == cell.data_digest ? "other settings" : "other images, labels or split";
}

}  // namespace

fs::path cell_folder(const fs::path& results, const Cell& cell) { return results / "cells" / cell.name; }
fs::path cell_run(const fs::path& results, const Cell& cell) { return cell_folder(results, cell) / "run"; }
fs::path cell_log(const fs::path& results, const Cell& cell) { return cell_folder(results, cell) / "log.txt"; }

const char* to_text(CellState state) {
  switch (state) {
    case CellState::kRunning:
      return "running";
    case CellState::kComplete:
      return "done";
    case CellState::kBroken:
      return "failed";
    default:
      return "to do";
  }
}

CellRecord read_cell_record(const fs::path& results, const Cell& cell) {
  CellRecord record;
  const fs::path file = cell_folder(results, cell) / kRecordName;
  if (fs::exists(file)) {
    const auto json = parse_json(read_text_file(file), file.string());
    try {
      if (json.at("format").get<int>() != kFormat)
        throw DataError({file.string(), "format " + json.at("format").dump(), std::to_string(kFormat),
                         "choose another --out, or remove this cell's folder"});
      record.state = json.at("state").get<std::string>() == "done" ? CellState::kComplete : CellState::kBroken;
      record.reason = json.at("reason").get<std::string>();
      record.seconds = json.at("seconds").get<double>();
      record.host = json.at("host").get<std::string>();
      record.finished = json.at("finished").get<std::string>();
      record.version = json.at("lanet").get<std::string>();
      record.data_digest = json.value("data", "");
    } catch (const nlohmann::json::exception&) {
      throw DataError({file.string(), "a damaged record", "one that `lanet experiment` wrote", "remove the file"});
    }
  }
  if (record.state == CellState::kComplete) return record;
  const std::string owner = CellLock::owner(cell_folder(results, cell));
  if (!owner.empty()) {
    record.state = CellState::kRunning;
    record.reason = owner;
  }
  return record;
}

void write_cell_record(const fs::path& results, const Cell& cell, const CellRecord& record) {
  nlohmann::ordered_json json{{"format", kFormat},
                              {"cell", cell.name},
                              {"lanet", kVersion},
                              {"data", cell.data_digest},
                              {"state", to_text(record.state)},
                              {"reason", record.reason},
                              {"seconds", record.seconds},
                              {"host", record.host},
                              {"finished", record.finished}};
  for (const auto& [axis, value] : cell.axes()) json["axes"][axis] = value;
  write_file_atomically(cell_folder(results, cell) / kRecordName, json.dump(2) + "\n");
}

std::vector<StaleCell> stale_cells(const fs::path& results, const std::vector<Cell>& cells) {
  std::set<std::string> own;
  std::map<std::string, const Cell*> open;
  for (const Cell& cell : cells) {
    own.insert(cell.name);
    if (read_cell_record(results, cell).state != CellState::kComplete) open.emplace(readable_part(cell.name), &cell);
  }
  std::vector<StaleCell> stale;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(results / "cells", missing)) {
    const std::string name = entry.path().filename().string();
    const auto found = open.find(readable_part(name));
    if (found == open.end() || own.contains(name)) continue;
    Cell other;
    other.name = name;
    try {
      const CellRecord record = read_cell_record(results, other);
      if (record.state == CellState::kComplete) stale.push_back({name, why_stale(record, *found->second)});
    } catch (const Error&) {
      continue;  // said where that cell is asked for
    }
  }
  std::sort(stale.begin(), stale.end(), [](const StaleCell& a, const StaleCell& b) { return a.name < b.name; });
  return stale;
}

}  // namespace lanet
