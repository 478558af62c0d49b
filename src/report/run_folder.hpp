#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/csv.hpp"
#include "evaluate/evaluation.hpp"
#include "finding/finding.hpp"

namespace lanet {

/// One row of a table as name and value, both plain text.
struct NamedText {
  std::string name;
  std::string text;
};

/// What a training run left, read for a report (docs/formats.md).
struct RunFolder {
  std::filesystem::path folder;
  std::string name;
  std::string settings;  // TOML
  std::filesystem::path manifest;
  std::vector<NamedText> provenance;              // command, versions, device, times, fingerprint
  std::vector<std::vector<std::string>> subsets;  // name, images, groups, with location
  CsvTable metrics;                               // per epoch
  std::string subset;                             // that was evaluated; "" none
  std::optional<Evaluation> evaluation;
  ResultTable results;
  std::vector<Finding> findings;
};

/// subset: which evaluation to take; "": test, else val, else none. Throws DataError where it is no run folder or a
/// file is damaged.
RunFolder read_run_folder(const std::filesystem::path& folder, const std::string& subset = "");

}  // namespace lanet
