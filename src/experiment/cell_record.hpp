#pragma once

#include <filesystem>
#include <string>

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
  std::string finished;  // UTC, ISO 8601
};

/// kRunning where a living owner holds the lock, kToDo without a record. Throws DataError for a damaged record.
CellRecord read_cell_record(const std::filesystem::path& results, const Cell& cell);
void write_cell_record(const std::filesystem::path& results, const Cell& cell, const CellRecord& record);

}  // namespace lanet
