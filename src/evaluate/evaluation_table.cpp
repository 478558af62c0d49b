#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/text.hpp"
#include "evaluate/evaluation.hpp"

namespace lanet {
namespace {

bool in_pixels(const std::string& name) {
  return name.find("_px") != std::string::npos || name.find("_mm") != std::string::npos;
}

std::string interval_text(const Metric& metric, int digits) {
  if (std::isnan(metric.low)) return "";
  return "[" + fixed(metric.low, digits) + ", " + fixed(metric.high, digits) + "]";
}

std::string metric_lines(const std::vector<Metric>& metrics, const std::string& indent) {
  std::size_t width = 0;
  for (const Metric& metric : metrics) width = std::max(width, metric.name.size());
  std::string text;
  for (const Metric& metric : metrics) {
    const int digits = in_pixels(metric.name) ? 1 : 3;
    text += fmt::format("{}{:<{}}  {:>7}  {:<16}  {:>5} images\n", indent, metric.name, width,
                        fixed(metric.value, digits), interval_text(metric, digits), metric.images);
  }
  return text;
}

std::string confusion_lines(const Evaluation& evaluation) {
  std::size_t width = 9;
  for (const std::string& name : evaluation.classes) width = std::max(width, name.size() + 2);
  std::string text = fmt::format("{:<{}}", "truth", width);
  for (const std::string& name : evaluation.classes) text += fmt::format("{:>{}}", name, width);
  text += "   <- decision\n";
  for (std::size_t row = 0; row < evaluation.classes.size(); ++row) {
    text += fmt::format("{:<{}}", evaluation.classes[row], width);
    for (const std::int64_t count : evaluation.confusion[row]) text += fmt::format("{:>{}}", count, width);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string evaluation_table(const Evaluation& evaluation) {
  std::string text = fmt::format("{} images in {} groups; positive: {} at {} and above\n", evaluation.images,
                                 evaluation.groups, evaluation.positive, fixed(evaluation.threshold, 3));
  if (evaluation.bootstrap_samples > 0)
    text += fmt::format("in brackets: {:.0f} % interval, bootstrap over groups, {} samples\n",
                        100 * evaluation.confidence, evaluation.bootstrap_samples);
  text += "\n" + metric_lines(evaluation.metrics, "") + "\n" + confusion_lines(evaluation);
  for (const Subgroup& part : evaluation.subgroups)
    text += fmt::format("\n{} = {} ({} images)\n", evaluation.by, part.value, part.images) +
            metric_lines(part.metrics, "  ");
  return text;
}

}  // namespace lanet
