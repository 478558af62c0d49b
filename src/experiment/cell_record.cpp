#include "experiment/cell_record.hpp"

#include "core/file.hpp"
#include "core/json.hpp"
#include "core/version.hpp"
#include "experiment/cell_lock.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;

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
  const fs::path file = cell_folder(results, cell) / "cell.json";
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
    } catch (const nlohmann::json::exception& error) {
      throw DataError({file.string(), error.what(), "a record that `lanet experiment` wrote", "remove the file"});
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
  nlohmann::ordered_json json{
      {"format", kFormat},       {"cell", cell.name},         {"lanet", kVersion},   {"state", to_text(record.state)},
      {"reason", record.reason}, {"seconds", record.seconds}, {"host", record.host}, {"finished", record.finished}};
  for (const auto& [axis, value] : cell.axes()) json["axes"][axis] = value;
  write_file_atomically(cell_folder(results, cell) / "cell.json", json.dump(2) + "\n");
}

}  // namespace lanet
