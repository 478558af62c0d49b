#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "infer/finder.hpp"

namespace lanet {

/// An image file to predict and the name of its results.
struct PathToPredict {
  std::filesystem::path file;
  std::string name;  // relative to the output folder, without extension, unique
};

/// Files, folders (searched through, sorted) and patterns (* ? [...]) as a list of image files. What a folder holds
/// under another extension than an image's, and masks (NAME_mask), are left out; a file that is named is taken as it
/// is. Paths that match nothing are added to `problems`.
std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems);

struct PredictPathsOptions {
  std::filesystem::path out;
  bool masks = true;     // NAME_mask.png
  bool overlays = true;  // NAME_overlay.png
};

/// What became of a list of files.
struct PredictPathsResult {
  std::int64_t findings = 0;
  std::vector<std::string> problems;  // one line a file that could not be used
};

/// Called for every finding in the order of the files, on the calling thread; the mask is still in it.
using SeeFinding = std::function<void(const Finding&)>;

/// Writes NAME.json, NAME_mask.png, NAME_overlay.png for each file and findings.csv for all. Decoding, the network and
/// writing work at the same time on three batches in a row; memory does not grow with the number of files. A file that
/// cannot be read does not end the work. Throws Interrupted after a stop request, with findings.csv of what was done.
PredictPathsResult predict_paths(Finder& finder, const std::vector<PathToPredict>& files,
                                 const PredictPathsOptions& options, Progress& progress, const SeeFinding& see = {});

}  // namespace lanet
