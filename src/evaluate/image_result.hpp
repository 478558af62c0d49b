#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/sample.hpp"

namespace lanet {

/// A predicted lesion for FROC: its score and which true lesion it hits (-1: none, a false positive).
struct LesionCandidate {
  double score = 0;
  std::int64_t hits = -1;
};

/// Prediction and truth of one image, reduced to numbers: everything that evaluation needs (file predictions_*.csv).
struct ImageResult {
  std::string id;
  std::string group;                         // bootstrap draws whole groups; "": the image is its own
  std::map<std::string, std::string> extra;  // columns of the manifest, for subgroups (device, birads, ...)
  std::int64_t truth_class = -1;             // -1: unknown
  std::vector<double> probabilities;         // [K]
  Location location = Location::kNone;
  std::optional<double> jsi;        // at the original size; only images with a lesion (kMask, kBoxes)
  std::optional<double> jsi_input;  // the same at network input size
  std::optional<double> dice;
  std::optional<double> hd95_px;  // unset where one of both masks is empty
  std::optional<double> assd_px;
  std::optional<double> hd95_mm;  // unset where the spacing is unknown
  std::optional<double> assd_mm;
  std::optional<double> ceiling_jsi;  // of the truth pushed through the grid and back
  std::optional<double> false_area;   // images without a lesion: predicted share of the image
  std::optional<double> heat_inside;  // of `lanet explain`; not part of predictions_*.csv
  std::int64_t true_lesions = 0;
  std::vector<LesionCandidate> candidates;
};

/// predictions_*.csv: one row an image (docs/formats.md).
std::string results_to_csv(const std::vector<ImageResult>& results, const std::vector<std::string>& classes);

struct ResultTable {
  std::vector<std::string> classes;
  std::vector<ImageResult> results;
};
/// Inverse. Throws DataError naming place, line and column.
ResultTable results_from_csv(const std::string& text, const std::string& place);

}  // namespace lanet
