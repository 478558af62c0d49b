#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "infer/collect_paths.hpp"
#include "infer/finder.hpp"
#include "infer/input_stream.hpp"

namespace lanet {

struct PredictPathsOptions {
  std::filesystem::path out;
  bool masks = true;       // NAME_mask.png
  bool overlays = true;    // NAME_overlay.png
  bool dicom = false;      // of DICOM inputs: NAME_seg.dcm, NAME_sr.dcm, NAME_sc.dcm
  bool overwrite = false;  // also files that lanet did not write
};

/// An image that is worth a look before others.
struct WorthALook {
  std::string name;
  std::string decision;
  double probability = 0;  // of the positive class
  std::size_t doubts = 0;
};

/// What became of a list of files.
struct PredictPathsResult {
  std::int64_t findings = 0;                      // one an image or frame
  std::vector<std::string> problems;              // one line a file that could not be used, or a result not written
  std::map<std::string, std::int64_t> decisions;  // class -> findings
  std::int64_t doubted = 0;                       // findings with a doubt
  std::int64_t results_left_out = 0;              // results of lanet in archives
  std::int64_t masks_left_out = 0;                // masks in archives
  std::vector<WorthALook> look_first;             // the most probable ones of the positive class, five at most
};

/// Called for every finding in the order of the files, on the calling thread; the mask is still in it.
using SeeFinding = std::function<void(const Finding&)>;

/// Writes NAME.json, NAME_mask.png, NAME_overlay.png for each image or frame, NAME_summary.json for each file with
/// several frames, DICOM objects for each DICOM file where they are wanted, and for all findings.csv and findings.html,
/// a page to look through. Decoding, the network and writing work at the same time on three batches in a row; memory
/// does not grow with the number of files. A file that cannot be read does not end the work. No file that lanet did not
/// write is replaced without options.overwrite: throws InTheWay before anything is computed where one has a name that
/// is known to be needed; of names that are not (archives, frames), that result is not written, with a line. What an
/// earlier run wrote of the same image and this run does not (a segmentation where now there is no lesion) is removed,
/// unless it was changed since. Without
/// any finding no table is written, and an earlier one stays. `notes` go into the page. Throws Interrupted after a stop
/// request, with findings.csv of what was done.
PredictPathsResult predict_paths(Finder& finder, const std::vector<PathToPredict>& files,
                                 const PredictPathsOptions& options, Progress& progress, const SeeFinding& see = {},
                                 const std::vector<std::string>& notes = {});

/// What `lanet predict` says at the end: how many images, decisions and doubts, and where to look first.
std::string predict_summary(const PredictPathsResult& result, const EngineInfo& info,
                            const PredictPathsOptions& options);

}  // namespace lanet
