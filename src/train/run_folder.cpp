#include "train/run_folder.hpp"

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/output_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

bool is_run_of_lanet(const fs::path& folder) {
  std::error_code ignored;
  const fs::path record = folder / kRecordName;
  if (!fs::is_regular_file(record, ignored)) return false;
  const auto json = nlohmann::json::parse(read_file(record), nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.value("format", nlohmann::json()) == "lanet-run";
}

}  // namespace

void require_room_for_run(const fs::path& folder, bool has_checkpoint, bool resume) {
  if ((has_checkpoint || fs::exists(folder / kBestName)) && !resume)
    throw ConfigError({folder.string(), "a run of this name", "a new name",
                       "go on with it by --resume, or choose another by --set name=NAME"});
  if (has_checkpoint || is_run_of_lanet(folder)) return;
  for (const char* name :
       {kSettingsName, kSplitName, kRecordName, kMetricsName, kEventsName, kBestName, kStage1BestName}) {
    std::error_code ignored;
    if (fs::symlink_status(folder / name, ignored).type() != fs::file_type::not_found)
      throw InTheWay({(folder / name).string(), "a file that no training of lanet wrote", "room for the run's own",
                      "move it away, or choose another name by --name NAME"});
  }
}

}  // namespace lanet
