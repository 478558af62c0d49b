#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/suite.hpp"

namespace lanet {

/// Where a results folder keeps things.
std::filesystem::path cell_folder(const std::filesystem::path& results, const Cell& cell);
std::filesystem::path cell_run(const std::filesystem::path& results, const Cell& cell);
std::filesystem::path cell_log(const std::filesystem::path& results, const Cell& cell);

enum class CellState { kToDo, kRunning, kComplete, kBroken };
const char* to_text(CellState state);

/// What is known of a cell (file cell.json, docs/formats.md).
struct CellRecord {
  CellState state = CellState::kToDo;
  std::string reason;  // of a failure, or who runs it
  double seconds = 0;  // of training and evaluation together, over all attempts
  std::string host;
  std::string finished;          // UTC, ISO 8601
  std::string version = "";      // of the lanet that wrote it
  std::string data_digest = "";  // Cell::data_digest; empty in older records
};

/// kRunning where a living owner holds the lock, kToDo without a record. Throws DataError for a damaged record.
CellRecord read_cell_record(const std::filesystem::path& results, const Cell& cell);
/// Writes version and data digest of the running program and of the cell, whatever the record has.
void write_cell_record(const std::filesystem::path& results, const Cell& cell, const CellRecord& record);

/// A finished cell that one of the grid does not take over, though only the digits of their names differ.
struct StaleCell {
  std::string name;
  std::string why;  // "other images, labels or split", "another version of lanet (0.1.0)", "other settings"
};
/// Those of a results folder, for the cells of a grid that are not done; none where the folder is missing. Damaged
/// records are left out.
std::vector<StaleCell> stale_cells(const std::filesystem::path& results, const std::vector<Cell>& cells);

}  // namespace lanet
