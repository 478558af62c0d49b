#pragma once

#include <string>
#include <vector>

#include "experiment/analysis.hpp"
#include "report/figure.hpp"

namespace lanet {

/// "EfficientNet-Lite0, 128 px, busi": what the groups of one figure have in common.
std::string block_title(const Cell& cell);
/// "LA-Net, masks, 25 %": what tells a group from the others of its figure; with_labels: the kind of labels too.
std::string series_title(const ResultGroup& group, bool with_labels);

/// Grouped bars, one figure for each data set, kind of label, network and size: mean of every head with the 95 %
/// interval over seeds, starred brackets between the tested head and each other one (the paper's t-test). Groups
/// without results are left out.
std::vector<Figure> bar_figures(const SuiteResult& result);

/// A metric over the share of location labels, one figure a metric, one line for each network, size and head, with a
/// band for the 95 % interval. vanilla stands at 0.
std::vector<Figure> line_figures(const SuiteResult& result);

/// One row a group: what differs between groups, then every metric as mean, interval and repeats, then the published
/// figure where there is one.
struct SuiteTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  std::string markdown() const;
  std::string csv() const;
  std::string latex() const;
};
SuiteTable result_table(const SuiteResult& result);
/// One row a comparison.
SuiteTable comparison_table(const SuiteResult& result);
/// Calibration of every group: temperature, error before and after, Brier, sensitivity at a specificity of .9.
SuiteTable calibration_table(const SuiteResult& result);

/// Reliability diagram and decision curve of the tested head's seed-averaged probabilities, for each data set, network
/// and size. Two classes only.
std::vector<Figure> calibration_figures(const SuiteResult& result);

}  // namespace lanet
