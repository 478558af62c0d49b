#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "infer/finder.hpp"
#include "infer/input_stream.hpp"

namespace lanet {

/// Files, folders (searched through, sorted) and patterns (* ? [...]) as a list of image files. Of a folder: what has
/// an image's extension, is DICOM by its content or an archive by both; masks (NAME_mask) and DICOMDIRs are left out. A
/// file that is named is taken as it is; of a DICOMDIR, the images that it refers to. Paths that match nothing are
/// added to `problems`.
std::vector<PathToPredict> collect_paths(const std::vector<std::string>& paths, std::vector<std::string>& problems);

struct PredictPathsOptions {
  std::filesystem::path out;
  bool masks = true;     // NAME_mask.png
  bool overlays = true;  // NAME_overlay.png
  bool dicom = false;    // of DICOM inputs: NAME_seg.dcm, NAME_sr.dcm, NAME_sc.dcm
};

/// What became of a list of files.
struct PredictPathsResult {
  std::int64_t findings = 0;          // one an image or frame
  std::vector<std::string> problems;  // one line a file that could not be used
};

/// Called for every finding in the order of the files, on the calling thread; the mask is still in it.
using SeeFinding = std::function<void(const Finding&)>;

/// Writes NAME.json, NAME_mask.png, NAME_overlay.png for each image or frame, NAME_summary.json for each file with
/// several frames, DICOM objects for each DICOM file where they are wanted, and findings.csv for all. Decoding, the
/// network and writing work at the same time on three batches in a row; memory does not grow with the number of files.
/// A file that cannot be read does not end the work. Throws Interrupted after a stop request, with findings.csv of what
/// was done.
PredictPathsResult predict_paths(Finder& finder, const std::vector<PathToPredict>& files,
                                 const PredictPathsOptions& options, Progress& progress, const SeeFinding& see = {});

}  // namespace lanet
