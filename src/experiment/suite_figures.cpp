#include "experiment/suite_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/csv.hpp"
#include "core/text.hpp"
#include "evaluate/calibration.hpp"
#include "network/backbone.hpp"

namespace lanet {
namespace {

constexpr double kBarWidth = 0.8;  // of the room that a metric has, for all its bars
constexpr int kColours = 5;
const char* const kColour[kColours] = {"#9aa3af", "#1d4ed8", "#b45309", "#15803d", "#7e22ce"};

std::string plot_number(double value) { return std::isnan(value) ? "" : exact(value); }

/// File names and gnuplot take letters, digits and underscores.
std::string plain_name(const std::string& text) {
  std::string name;
  for (const char letter : text) name += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  return name;
}

std::string data_name(const Cell& cell) {
  std::filesystem::path folder(cell.data);
  return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

std::string network_title(const std::string& backbone) { return find_backbone(backbone).title; }

/// What stands together in one bar figure.
std::string block_name(const Cell& cell) {
  return data_name(cell) + "_" + cell.backbone + "_" + std::to_string(cell.size);
}

std::string numbers_of(const ResultGroup& group) {
  return std::to_string(group.images) + " images, " + std::to_string(group.groups) + " patients or clusters, " +
         std::to_string(group.repeats.size()) + (group.repeats.size() == 1 ? " run" : " runs") + " each";
}

struct Bracket {
  double left = 0;
  double right = 0;
  std::string text;
};

Figure bar_figure(const SuiteResult& result, const std::string& block, const std::vector<std::size_t>& members) {
  const ResultGroup& first = result.groups[members.front()];
  Figure figure;
  figure.name = plain_name(result.suite.name + "_" + block);
  figure.caption = block_title(first.cell) + ": mean and 95 % interval over seeds; " + numbers_of(first) +
                   ". Stars: one-sided unpaired t-test, ns not significant.";
  figure.columns = {"metric", "series", "x", "mean", "low", "high", "runs"};
  std::set<std::string> labels;
  for (const std::size_t member : members) labels.insert(result.groups[member].cell.labels);
  const double width = kBarWidth / static_cast<double>(members.size());
  const auto position = [&](std::size_t metric, std::size_t place) {
    return static_cast<double>(metric) + (static_cast<double>(place) + 0.5) * width - kBarWidth / 2;
  };
  std::vector<std::string> tics;
  std::string drawing;
  double top = 0;
  for (std::size_t metric = 0; metric < result.suite.metrics.size(); ++metric) {
    const std::string& name = result.suite.metrics[metric];
    tics.push_back("\"" + name + "\" " + std::to_string(metric));
    double height = 0;
    for (std::size_t place = 0; place < members.size(); ++place) {
      const Summary& summary = result.groups[members[place]].metrics.at(name);
      const bool interval = !std::isnan(summary.low);
      // Few seeds give intervals past what a share can be: the drawing ends at 0 and 1, the table has them whole.
      const double low = interval ? std::max(0.0, summary.low) : summary.mean;
      const double high = interval ? std::min(1.0, summary.high) : summary.mean;
      figure.rows.push_back({name, std::to_string(place), exact(position(metric, place)), plot_number(summary.mean),
                             plot_number(low), plot_number(high), std::to_string(summary.count)});
      if (!std::isnan(summary.mean)) height = std::max(height, high);
    }
    std::vector<Bracket> brackets;
    for (const Comparison& comparison : result.comparisons) {
      const auto left = std::find(members.begin(), members.end(), comparison.left);
      const auto right = std::find(members.begin(), members.end(), comparison.right);
      if (comparison.metric != name || left == members.end() || right == members.end()) continue;
      const std::string text = stars(comparison.t.p);
      if (text.empty()) continue;
      brackets.push_back({position(metric, static_cast<std::size_t>(left - members.begin())),
                          position(metric, static_cast<std::size_t>(right - members.begin())), text});
    }
    std::stable_sort(brackets.begin(), brackets.end(), [](const Bracket& a, const Bracket& b) {
      return std::abs(a.left - a.right) < std::abs(b.left - b.right);
    });
    for (const Bracket& bracket : brackets) {
      height += 0.05;
      drawing += "set arrow from " + exact(bracket.left) + "," + exact(height) + " to " + exact(bracket.right) + "," +
                 exact(height) + " nohead linecolor rgb \"#5b6675\"\nset label \"" + bracket.text + "\" at " +
                 exact((bracket.left + bracket.right) / 2) + "," + exact(height + 0.018) +
                 " center font \",11\" textcolor rgb \"#3a4452\"\n";
    }
    top = std::max(top, height);
  }
  figure.commands =
      drawing + "set style fill solid 0.85 noborder\nset boxwidth " + exact(width * 0.92) + "\nset xtics (" +
      join_text(tics, ", ") + ")\nset xrange [-0.6:" + exact(static_cast<double>(result.suite.metrics.size()) - 0.4) +
      "]\nset yrange [0:" + exact(std::max(1.0, top + 0.06)) + "]\nset key outside bottom center horizontal\nplot ";
  std::vector<std::string> plots;
  for (std::size_t place = 0; place < members.size(); ++place) {
    const std::string only = "($2==" + std::to_string(place) + "?$3:1/0)";
    const std::string colour = kColour[place % kColours];
    plots.push_back("$data using " + only + ":4 with boxes linecolor rgb \"" + colour + "\" title \"" +
                    series_title(result.groups[members[place]], labels.size() > 1) + "\"");
    plots.push_back("$data using " + only +
                    ":5:(0):($6-$5) with vectors nohead linewidth 1.6 linecolor rgb \"#1c2430\" notitle");
  }
  figure.commands += join_text(plots, ", ") + "\n";
  return figure;
}

std::string value_text(const Summary& summary) {
  if (summary.count == 0) return "-";
  if (std::isnan(summary.low)) return fixed(summary.mean, 3);
  return fixed(summary.mean, 3) + " [" + fixed(summary.low, 3) + ", " + fixed(summary.high, 3) + "]";
}

std::string published(const Suite& suite, const Cell& cell) {
  for (const std::string& line : suite.paper) {
    const auto words = split_text(line, ' ');
    if (words.size() == 4 && words[0] == cell.backbone && words[1] == cell.head &&
        words[2] == std::to_string(cell.size))
      return words[3];
  }
  return "";
}

std::string latex_text(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '_' || letter == '%' || letter == '&' || letter == '#') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  return p < 0.0001 ? "< .0001" : fixed(p, 4);
}

}  // namespace

std::string block_title(const Cell& cell) {
  return network_title(cell.backbone) + ", " + std::to_string(cell.size) + " px, " + data_name(cell);
}

std::string series_title(const ResultGroup& group, bool with_labels) {
  std::string title = head_title(group.cell.head);
  if (with_labels && locates(group.cell.head)) title += ", " + group.cell.labels;
  if (group.cell.mask_level > 0) title += ", level " + std::to_string(group.cell.mask_level);
  if (group.cell.location_share < 1) title += ", " + fixed(100 * group.cell.location_share, 0) + " %";
  return title;
}

std::vector<Figure> bar_figures(const SuiteResult& result) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::size_t>> blocks;
  for (std::size_t index = 0; index < result.groups.size(); ++index) {
    if (result.groups[index].repeats.empty()) continue;
    const std::string block = block_name(result.groups[index].cell);
    if (blocks[block].empty()) order.push_back(block);
    blocks[block].push_back(index);
  }
  std::vector<Figure> figures;
  for (const std::string& block : order) figures.push_back(bar_figure(result, block, blocks.at(block)));
  return figures;
}

std::vector<Figure> line_figures(const SuiteResult& result) {
  std::vector<Figure> figures;
  for (const std::string& metric : result.suite.metrics) {
    // A line is one network, size and located head; vanilla, which has no head of its own here, begins each.
    std::map<std::string, std::vector<std::pair<double, Summary>>> lines;
    std::map<std::string, std::string> titles;
    std::string numbers;
    for (const ResultGroup& group : result.groups) {
      if (group.repeats.empty() || group.metrics.at(metric).count == 0) continue;
      numbers = numbers_of(group);
      for (const ResultGroup& other : result.groups) {
        const bool own = other.cell.group() == group.cell.group();
        const bool begins = !locates(group.cell.head) && locates(other.cell.head) &&
                            block_name(group.cell) == block_name(other.cell) && other.cell.location_share == 1;
        if (!(own && locates(group.cell.head)) && !begins) continue;
        const std::string line = block_name(other.cell) + other.cell.labels + other.cell.head;
        titles[line] = block_title(other.cell) + ", " + head_title(other.cell.head);
        lines[line].emplace_back(locates(group.cell.head) ? 100 * group.cell.location_share : 0,
                                 group.metrics.at(metric));
      }
    }
    if (lines.empty()) continue;
    Figure figure;
    figure.name = plain_name(result.suite.name + "_" + metric);
    figure.caption = metric +
                     " over the share of images with a location label (0: vanilla), mean and 95 % interval over "
                     "seeds; " +
                     numbers + ".";
    figure.columns = {"series", "share_percent", "mean", "low", "high", "runs"};
    std::vector<std::string> plots;
    std::size_t number = 0;
    for (auto& [line, points] : lines) {
      std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [share, summary] : points) {
        const bool interval = !std::isnan(summary.low);
        figure.rows.push_back({std::to_string(number), exact(share), exact(summary.mean),
                               plot_number(interval ? summary.low : summary.mean),
                               plot_number(interval ? summary.high : summary.mean), std::to_string(summary.count)});
      }
      const std::string only = "($1==" + std::to_string(number) + "?$2:1/0)";
      const std::string colour = std::string(" linecolor rgb \"") + kColour[(number + 1) % kColours] + "\"";
      plots.push_back("$data using " + only + ":4:5 with filledcurves fillstyle transparent solid 0.15" + colour +
                      " notitle");
      plots.push_back("$data using " + only + ":3 with linespoints pointtype 7 pointsize 0.5" + colour + " title \"" +
                      titles.at(line) + "\"");
      ++number;
    }
    figure.commands = "set xlabel \"images with a location label, %\"\nset ylabel \"" + metric +
                      "\"\nset xrange [-3:103]\nset key outside bottom center vertical\nplot " +
                      join_text(plots, ", ") + "\n";
    figures.push_back(std::move(figure));
  }
  return figures;
}

std::string SuiteTable::markdown() const {
  std::string text = "| " + join_text(columns, " | ") + " |\n|";
  for (std::size_t column = 0; column < columns.size(); ++column) text += "---|";
  text += "\n";
  for (const auto& row : rows) text += "| " + join_text(row, " | ") + " |\n";
  return text;
}

std::string SuiteTable::csv() const { return to_csv(columns, rows); }

std::string SuiteTable::latex() const {
  std::string text = "\\begin{tabular}{" + std::string(columns.size(), 'l') + "}\n\\hline\n";
  const auto add_row = [&](const std::vector<std::string>& row) {
    std::vector<std::string> cells;
    for (const std::string& cell : row) cells.push_back(latex_text(cell));
    text += join_text(cells, " & ") + " \\\\\n";
  };
  add_row(columns);
  text += "\\hline\n";
  for (const auto& row : rows) add_row(row);
  return text + "\\hline\n\\end{tabular}\n";
}

SuiteTable result_table(const SuiteResult& result) {
  SuiteTable table;
  table.columns = {"data",  "labels",          "network", "size",     "head",
                   "level", "location labels", "images",  "clusters", "runs"};
  for (const std::string& metric : result.suite.metrics) table.columns.push_back(metric);
  if (!result.suite.paper.empty()) table.columns.emplace_back("published");
  for (const ResultGroup& group : result.groups) {
    const Cell& cell = group.cell;
    std::vector<std::string> row{
        data_name(cell),
        locates(cell.head) ? cell.labels : "-",
        network_title(cell.backbone),
        std::to_string(cell.size),
        head_title(cell.head),
        cell.mask_level > 0 ? std::to_string(cell.mask_level) : "preset's",
        locates(cell.head) ? fixed(100 * cell.location_share, 0) + " %" : "0 %",
        std::to_string(group.images),
        std::to_string(group.groups),
        std::to_string(group.repeats.size()) +
            (group.missing > 0 ? " of " + std::to_string(group.repeats.size() + static_cast<std::size_t>(group.missing))
                               : "")};
    for (const std::string& metric : result.suite.metrics)
      row.push_back(group.repeats.empty() ? "not run" : value_text(group.metrics.at(metric)));
    if (!result.suite.paper.empty()) row.push_back(published(result.suite, cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

SuiteTable comparison_table(const SuiteResult& result) {
  SuiteTable table;
  table.columns = {"network",  "metric", "comparison",     "difference",  "95 % interval", "Hedges' g",
                   "t-test p", "stars",  "t-test p, Holm", "paired test", "paired p",      "paired p, Holm"};
  for (const Comparison& comparison : result.comparisons) {
    const ResultGroup &left = result.groups[comparison.left], &right = result.groups[comparison.right];
    table.rows.push_back({block_title(left.cell), comparison.metric,
                          series_title(left, true) + " - " + series_title(right, true), fixed(comparison.difference, 3),
                          "[" + fixed(comparison.interval.low, 3) + ", " + fixed(comparison.interval.high, 3) + "]",
                          fixed(comparison.effect, 2), p_text(comparison.t.p), stars(comparison.t.p),
                          p_text(comparison.t_holm), comparison.test, p_text(comparison.p), p_text(comparison.p_holm)});
  }
  return table;
}

SuiteTable calibration_table(const SuiteResult& result) {
  SuiteTable table;
  table.columns = {"network",
                   "head",
                   "temperature",
                   "ECE",
                   "ECE calibrated",
                   "Brier",
                   "Brier calibrated",
                   "sensitivity at specificity .9",
                   "runs"};
  for (const ResultGroup& group : result.groups) {
    if (group.repeats.empty()) continue;
    const auto over_repeats = [&](double Repeat::*member) {
      std::vector<double> values;
      for (const Repeat& repeat : group.repeats) values.push_back(repeat.*member);
      return value_text(summarize(values));
    };
    table.rows.push_back({block_title(group.cell), series_title(group, true), over_repeats(&Repeat::temperature),
                          over_repeats(&Repeat::ece), over_repeats(&Repeat::ece_calibrated),
                          over_repeats(&Repeat::brier), over_repeats(&Repeat::brier_calibrated),
                          over_repeats(&Repeat::sensitivity_at_90), std::to_string(group.repeats.size())});
  }
  return table;
}

std::vector<Figure> calibration_figures(const SuiteResult& result) {
  std::vector<Figure> figures;
  for (const ResultGroup& group : result.groups) {
    if (group.repeats.empty() || group.cell.head != result.suite.tested || group.classes.size() != 2) continue;
    const std::size_t positive = group.positive_index();
    const auto mean = mean_probabilities(group);
    std::vector<std::vector<double>> probabilities;
    std::vector<std::int64_t> truth;
    std::vector<double> scores;
    std::vector<bool> positives;
    for (std::size_t image = 0; image < mean.size(); ++image) {
      const std::int64_t label = group.repeats.front().results[image].truth_class;
      if (label < 0) continue;
      probabilities.push_back(mean[image]);
      truth.push_back(label);
      scores.push_back(mean[image][positive]);
      positives.push_back(label == static_cast<std::int64_t>(positive));
    }
    const std::string ending =
        plain_name(block_name(group.cell) + "_" + group.cell.labels +
                   (group.cell.location_share < 1 ? "_" + exact(group.cell.location_share) : "") +
                   (group.cell.mask_level > 0 ? "_level" + std::to_string(group.cell.mask_level) : ""));
    Figure curve;
    curve.name = result.suite.name + "_reliability_" + ending;
    curve.caption = "Reliability of " + series_title(group, true) + ", " + block_title(group.cell) +
                    ", probabilities averaged over seeds; " + numbers_of(group) + ".";
    curve.columns = {"mean_probability", "observed_share", "images"};
    for (const ReliabilityBin& bin :
         reliability(probabilities, truth, static_cast<std::int64_t>(positive), std::vector<double>(truth.size(), 1.0)))
      curve.rows.push_back({exact(bin.mean_probability), exact(bin.observed_share), exact(bin.images)});
    curve.commands =
        "set xlabel \"predicted probability\"\nset ylabel \"observed share\"\nset xrange [0:1]\nset yrange [0:1]\n"
        "unset key\nplot x with lines linestyle 5, $data using 1:2 with linespoints linestyle 1 pointtype 7\n";
    figures.push_back(std::move(curve));
    Figure benefit;
    benefit.name = result.suite.name + "_decision_" + ending;
    benefit.caption = "Decision curve of " + series_title(group, true) + ", " + block_title(group.cell) + "; " +
                      numbers_of(group) + ".";
    benefit.columns = {"threshold", "model", "all"};
    for (const DecisionPoint& point : decision_curve(scores, positives))
      benefit.rows.push_back({exact(point.threshold), exact(point.model), exact(std::max(point.all, -0.05))});
    benefit.commands =
        "set xlabel \"threshold probability\"\nset ylabel \"net benefit\"\nset yrange [-0.05:*]\n"
        "plot $data using 1:2 with lines linestyle 1 title \"model\", $data using 1:3 with lines linestyle 2 "
        "title \"biopsy for all\", 0 with lines linestyle 5 title \"for none\"\n";
    figures.push_back(std::move(benefit));
  }
  return figures;
}

}  // namespace lanet
