#include "train/resume_rules.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

/// Where things lie: the data are compared by their fingerprint.
const std::vector<std::string> kPlaces{"name", "runs_folder", "data.manifest", "data.split"};
/// The machine, and the name of the class that figures are about: no weight depends on them.
const std::vector<std::string> kMachine{
    "compute.device", "compute.threads",     "compute.kernels", "compute.checkpoint_seconds",
    "data.cache_mib", "data.loader_threads", "data.positive"};

bool is_one_of(const std::string& key, const std::vector<std::string>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

std::vector<std::string> check_resumable(const CheckpointState& state, TrainOptions wanted, const std::string& place) {
  TrainOptions begun;
  read_toml(state.settings, place, fields_of(begun));
  const ScheduleOptions& course = state.stage == 1 ? wanted.stage1.course : wanted.stage2.course;
  const std::string epochs_key = "stage" + std::to_string(state.stage) + ".epochs";
  std::vector<std::string> accepted, refused;
  for (const SettingChange& change : compare_settings(fields_of(begun), fields_of(wanted))) {
    const std::string line = change.key + " = " + change.after + " (was " + change.before + ")";
    if (is_one_of(change.key, kPlaces)) continue;
    if (is_one_of(change.key, kMachine) || (state.stage == 1 && change.key.starts_with("stage2."))) {
      accepted.push_back(line);
    } else if (change.key == epochs_key && course.schedule == "constant" && course.epochs >= state.epochs_done) {
      accepted.push_back(line);
    } else if (change.key == epochs_key && course.schedule != "constant") {
      refused.push_back(line + ": the learning rate's course spans all epochs");
    } else {
      refused.push_back(line);
    }
  }
  if (!refused.empty())
    throw ConfigError({place, "a run with other settings: " + join_text(refused, "; "),
                       "the settings it was begun with", "leave them as they were, or begin a new run with --name"});
  return accepted;
}

}  // namespace lanet
