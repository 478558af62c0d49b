#include "report/run_figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"

namespace lanet {
namespace {

std::string number(double value) { return std::isfinite(value) ? exact(value) : ""; }

/// Epochs are counted through both stages; a line marks where stage 2 begins.
Figure epoch_figure(const RunFolder& run, const std::string& name, const std::string& caption,
                    const std::vector<std::string>& columns, const std::string& commands) {
  Figure figure{name, caption, {"epoch"}, {}, ""};
  figure.columns.insert(figure.columns.end(), columns.begin(), columns.end());
  const auto stage = static_cast<std::size_t>(run.metrics.require_column("stage"));
  std::size_t stage1_epochs = 0;
  for (std::size_t row = 0; row < run.metrics.rows.size(); ++row) {
    std::vector<std::string> cells{std::to_string(row + 1)};
    for (const std::string& column : columns)
      cells.push_back(run.metrics.rows[row][static_cast<std::size_t>(run.metrics.require_column(column))]);
    figure.rows.push_back(cells);
    if (run.metrics.rows[row][stage] == "1") stage1_epochs = row + 1;
  }
  if (stage1_epochs > 0 && stage1_epochs < figure.rows.size()) {
    const std::string border = std::to_string(stage1_epochs) + ".5";
    figure.commands = "set arrow from " + border + ", graph 0 to " + border + ", graph 1 nohead linestyle 5\n" +
                      "set label \"stage 2\" at " + border + ", graph 0.97 offset 0.6,0 textcolor rgb \"#5b6675\"\n";
  }
  figure.commands += "set xlabel \"epoch\"\nset xrange [0.5:" + std::to_string(figure.rows.size()) + ".5]\n" + commands;
  return figure;
}

Figure roc_figure(const RunFolder& run) {
  const Evaluation& evaluation = *run.evaluation;
  const Metric auc = evaluation.metric(evaluation.classes.size() == 2 ? "auc" : "auc[" + evaluation.positive + "]");
  Figure figure{"roc",
                "ROC of " + evaluation.positive + "; AUC " + fixed(auc.value, 3) +
                    (std::isnan(auc.low) ? ""
                                         : " [" + fixed(auc.low, 3) + ", " + fixed(auc.high, 3) +
                                               "], shaded: pointwise bootstrap band"),
                {"false_positive_rate", "true_positive_rate", "low", "high"},
                {},
                ""};
  for (const RocPoint& point : evaluation.roc)
    figure.rows.push_back({number(point.false_positive_rate), number(point.true_positive_rate), "", ""});
  for (const RocBandPoint& point : evaluation.roc_band)
    figure.rows.push_back({number(point.false_positive_rate), "", number(point.low), number(point.high)});
  figure.commands =
      "set xrange [0:1]\nset yrange [0:1]\nset xlabel \"1 - specificity\"\nset ylabel \"sensitivity\"\nunset key\n"
      "plot $data using 1:3:4 with filledcurves linecolor rgb \"#f3d9bd\", x linestyle 5, "
      "$data using 1:2 with lines linestyle 1\n";
  return figure;
}

Figure jsi_histogram(const RunFolder& run) {
  constexpr std::size_t kBins = 20;
  std::array<int, kBins> counts{};
  for (const ImageResult& result : run.results.results)
    if (result.jsi) ++counts[std::min(kBins - 1, static_cast<std::size_t>(*result.jsi * kBins))];
  const Evaluation& evaluation = *run.evaluation;
  Figure figure{"jsi_histogram",
                "JSI of the images with a lesion; mean " + fixed(evaluation.metric("jsi").value, 3) +
                    ", the grid's ceiling " + fixed(evaluation.metric("ceiling_jsi").value, 3),
                {"jsi_from", "images"},
                {},
                ""};
  for (std::size_t bin = 0; bin < kBins; ++bin)
    figure.rows.push_back({number(static_cast<double>(bin) / kBins), std::to_string(counts[bin])});
  figure.commands =
      "set xrange [0:1]\nset yrange [0:*]\nset xlabel \"JSI\"\nset ylabel \"images\"\nunset key\n"
      "set style fill solid 0.85 border rgb \"#ffffff\"\n"
      "plot $data using ($1+0.025):2:(0.05) with boxes linecolor rgb \"#b45309\"\n";
  return figure;
}

Figure froc_figure(const RunFolder& run) {
  Figure figure{"froc",
                "FROC: lesions found against false positives an image",
                {"false_positives_per_image", "sensitivity"},
                {},
                ""};
  for (const FrocPoint& point : run.evaluation->froc)
    figure.rows.push_back({number(point.false_positives_per_image), number(point.sensitivity)});
  figure.commands =
      "set yrange [0:1]\nset xrange [0:*]\nset xlabel \"false positives an image\"\n"
      "set ylabel \"lesion sensitivity\"\nunset key\nplot $data using 1:2 with lines linestyle 2\n";
  return figure;
}

Figure reliability_figure(const RunFolder& run) {
  const Evaluation& evaluation = *run.evaluation;
  Figure figure{
      "reliability",
      "Reliability: predicted against observed; expected calibration error " + fixed(evaluation.metric("ece").value, 3),
      {"mean_probability", "observed_share", "images"},
      {},
      ""};
  for (const ReliabilityBin& bin : evaluation.reliability)
    figure.rows.push_back({number(bin.mean_probability), number(bin.observed_share), number(bin.images)});
  figure.commands =
      "set xrange [0:1]\nset yrange [0:1]\nset xlabel \"predicted probability\"\nset ylabel \"observed share\"\n"
      "unset key\nplot x linestyle 5, $data using 1:2 with linespoints linestyle 3 pointtype 7 pointsize 0.6\n";
  return figure;
}

}  // namespace

std::vector<Figure> training_figures(const RunFolder& run) {
  if (run.metrics.rows.empty()) return {};
  std::vector<Figure> figures;
  figures.push_back(epoch_figure(run, "loss", "Loss of the training and the validation part",
                                 {"train_loss", "val_loss"},
                                 "set ylabel \"loss\"\nset yrange [0:*]\nplot $data using 1:2 with linespoints "
                                 "linestyle 2 pointtype 7 pointsize 0.4 "
                                 "title \"training\", $data using 1:3 with linespoints linestyle 1 pointtype 7 "
                                 "pointsize 0.4 title \"validation\"\n"));
  figures.push_back(
      epoch_figure(run, "validation", "Accuracy, AUC and JSI (at network input size) of the validation part",
                   {"val_accuracy", "val_auc", "val_jsi"},
                   "set yrange [0:1]\nset key bottom right\nplot $data using 1:2 with linespoints linestyle 1 "
                   "pointtype 7 pointsize 0.4 title \"accuracy\", "
                   "$data using 1:3 with linespoints linestyle 2 pointtype 7 pointsize 0.4 title \"AUC\", "
                   "$data using 1:4 with linespoints linestyle 3 pointtype 7 pointsize 0.4 title \"JSI\"\n"));
  return figures;
}

std::vector<Figure> result_figures(const RunFolder& run) {
  std::vector<Figure> figures;
  if (!run.evaluation) return figures;
  const Evaluation& evaluation = *run.evaluation;
  if (!evaluation.roc.empty()) figures.push_back(roc_figure(run));
  if (!std::isnan(evaluation.metric("jsi").value)) figures.push_back(jsi_histogram(run));
  if (evaluation.froc.size() > 1) figures.push_back(froc_figure(run));
  if (!evaluation.reliability.empty()) figures.push_back(reliability_figure(run));
  return figures;
}

}  // namespace lanet
