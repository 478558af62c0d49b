#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"

namespace lanet {

/// The list of subsets beside a manifest.
inline constexpr const char* kSplitName = "split.csv";

struct SplitOptions {
  double val_share = 0.15;   // of the images, as near as whole groups allow
  double test_share = 0.15;  // 0: no test subset
  std::int64_t folds = 0;    // > 1: k folds instead; subset names "fold0" ... ; val/test shares unused
  std::uint64_t seed = 1;
  void validate() const;
};

/// Which image belongs where (file split.csv: id, subset). Subsets: train, val, test, or fold0, fold1, ...
struct Split {
  std::map<std::string, std::string> subset_of;  // id -> subset

  /// Ids of a subset in the manifest's order.
  std::vector<std::string> ids(const Manifest& manifest, const std::string& subset) const;
};

/// A share as people type it: "0.15", or "15%" with its sign. Throws ConfigError(option) for anything else, a bare "15"
/// among it.
double parse_share(const std::string& text, const std::string& option);

/// By group (a sample without group is a group of its own), stratified by class, seeded. Throws DataError where a class
/// has fewer groups than subsets need; images of no class and normal ones stand where there is room.
Split make_split(const std::vector<Sample>& samples, const SplitOptions& options);
/// One line for each subset of make_split that got no image, or none of a class, with what helps; none where all have.
std::vector<std::string> unfilled_subsets(const std::vector<Sample>& samples, const Split& split,
                                          const SplitOptions& options);

/// Leave one out: a fold for every value of a column ("source", or a further one such as "device"), in alphabetical
/// order. `values` are those of fold0, fold1, ... Throws ConfigError for an unknown column, DataError where an image
/// has no value or all have the same.
struct ColumnFolds {
  Split split;
  std::vector<std::string> values;
};
ColumnFolds folds_by_column(const Manifest& manifest, const std::string& column);

Split read_split(const std::filesystem::path& path);
/// Throws InTheWay for a file that lanet did not write, without `overwrite`.
void write_split(const std::filesystem::path& path, const Split& split, bool overwrite = false);
/// The list as write_split writes it.
std::string split_csv(const Split& split);

/// A given list against the manifest: groups that stand in more than one subset, ids that are unknown, images in no
/// subset.
struct SplitLeaks {
  std::vector<std::string> lines;  // one line a finding
  std::int64_t groups = 0;         // groups in more than one subset
  std::int64_t test_images = 0;    // test images whose group also occurs elsewhere; of folds each is a test once
};
SplitLeaks find_leaks(const std::vector<Sample>& samples, const Split& split);

/// Strikes out location labels so that `share` (0..1) of the labelled images of each class keep theirs (seeded,
/// stratified; at least the rounded share). kEmpty images keep theirs.
void keep_location(std::vector<Sample>& samples, double share, std::uint64_t seed);
/// The same of the samples with an id in `ids` alone.
void keep_location(std::vector<Sample>& samples, double share, std::uint64_t seed, const std::vector<std::string>& ids);

/// Turns masks into boxes, one per component of at least min_area px.
void masks_to_boxes(Manifest& manifest, double min_area = 100);

}  // namespace lanet
