#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "evaluate/image_result.hpp"
#include "evaluate/significance.hpp"
#include "experiment/suite.hpp"

namespace lanet {

/// One seed's results on the test images; with folds, those of all folds together, each image tested once.
struct Repeat {
  std::int64_t seed = 1;
  std::vector<ImageResult> results;
  std::map<std::string, double> metrics;  // of Suite::metrics and auc, accuracy, jsi; NaN where undefined
  double temperature = 1;                 // fitted on validation
  double ece = 0;                         // of the test images, raw
  double ece_calibrated = 0;              // after the temperature
  double brier = 0;                       // raw
  double brier_calibrated = 0;
  double sensitivity_at_90 = 0;  // at a specificity of .9
};

/// All repeats of what differs only by seed and fold.
struct ResultGroup {
  Cell cell;  // one of them, for its axes
  std::vector<std::string> classes;
  std::string positive;                    // of the classes: what the decisions are about
  std::vector<Repeat> repeats;             // by seed; only those of which every fold is done
  std::int64_t missing = 0;                // repeats that are not done
  std::int64_t images = 0;                 // tested
  std::int64_t groups = 0;                 // patients or clusters among them
  std::map<std::string, Summary> metrics;  // over the repeats

  /// Place of `positive` among the classes.
  std::size_t positive_index() const;
};

/// Is `left` better than `right`? For one metric, other axes equal.
struct Comparison {
  std::size_t left = 0;  // place in SuiteResult::groups
  std::size_t right = 0;
  std::string metric;
  TestResult t;  // the paper's: over seeds, unpaired, one-sided
  double t_holm = 0;
  double effect = 0;      // Hedges' g
  double difference = 0;  // of the means
  Interval interval;      // 95 %, bootstrap over patients or clusters and seeds, paired by image
  double p = 0;           // two-sided, of what suits the metric
  double p_holm = 0;
  std::string test;  // which: DeLong, McNemar (both on seed-averaged probabilities), or bootstrap
};

struct SuiteResult {
  Suite suite;
  std::vector<ResultGroup> groups;
  std::vector<Comparison> comparisons;  // suite.tested against every other head
};

struct AnalysisOptions {
  std::int64_t bootstrap_samples = 1000;
  std::uint64_t seed = 1;
};

/// Reads what is done of a suite's cells. Throws DataError for damaged results, or repeats that tested different
/// images.
SuiteResult analyse(const Suite& suite, const std::vector<Cell>& cells, const std::filesystem::path& results,
                    const AnalysisOptions& options = {});

/// Mean over repeats of each image's class probabilities. The repeats hold the same images in one order.
std::vector<std::vector<double>> mean_probabilities(const ResultGroup& group);

/// "LA-Net", "vanilla", "no channel attention" ...
std::string head_title(const std::string& head);

}  // namespace lanet
