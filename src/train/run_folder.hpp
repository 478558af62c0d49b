#pragma once

#include <filesystem>

#include "dataset/split.hpp"  // kSplitName

namespace lanet {

/// Names of what a training writes into its folder.
inline constexpr const char* kBestName = "best.safetensors";
inline constexpr const char* kStage1BestName = "stage1_best.safetensors";
inline constexpr const char* kEventsName = "events.out.tfevents.lanet";
inline constexpr const char* kMetricsName = "metrics.csv";
inline constexpr const char* kRecordName = "record.json";
inline constexpr const char* kSettingsName = "settings.toml";

/// Whether a training may run in the folder. Throws ConfigError for one that holds a run already and is not to be
/// resumed; InTheWay, naming the file, for a run that begins anew where one of these names is taken in a folder that no
/// training of lanet has made (its record.json tells).
void require_room_for_run(const std::filesystem::path& folder, bool has_checkpoint, bool resume);

}  // namespace lanet
