#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lanet {

/// The runs of a folder, newest first, as docs/api.md lists them. What cannot be read is left out; none for no folder.
nlohmann::ordered_json runs_json(const std::filesystem::path& folder);
/// One run with columns and rows of its metrics.csv (numbers, null where a cell is empty). Nothing where there is none
/// of that name.
std::optional<nlohmann::ordered_json> run_json(const std::filesystem::path& folder, const std::string& name);
/// The experiments of a results folder.
nlohmann::ordered_json experiments_json(const std::filesystem::path& folder);

/// FOLDER/NAME/report.html. Nothing where there is none, or the name is no plain one.
std::optional<std::string> report_of(const std::filesystem::path& folder, const std::string& name);

}  // namespace lanet
