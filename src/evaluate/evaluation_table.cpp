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

struct Legend {
  std::string_view figure;
  const char* meaning;
};
/// What a figure is and what is good, for those who meet it the first time. docs/glossary.md has the long form.
constexpr Legend kLegends[] = {
    {"accuracy", "share of right decisions; mind how common each class is"},
    {"precision", "of the images called positive, the share that is"},
    {"sensitivity", "of the truly positive images, the share that was found"},
    {"specificity", "of the other images, the share that was left alone"},
    {"f1", "one figure of precision and sensitivity; 1 is perfect"},
    {"auc", "area under the ROC curve: 0.5 is chance, 0.9 good, 1 perfect; needs no threshold"},
    {"auc_lesion_images", "the same over the images with a lesion alone, against the other lesions"},
    {"normal_specificity", "of the normal images, the share that was called free of lesions"},
    {"lesion_called_normal", "of the images with a lesion, the share that was called free of lesions; 0 is perfect"},
    {"normal_called", "of the normal images, the share that was called the class in brackets; 0 is perfect"},
    {"brier", "squared error of the probabilities; 0 is perfect, 0.25 a coin"},
    {"ece", "how far probabilities are from frequencies; 0 is perfect, below 0.05 good"},
    {"jsi", "overlap of found and true mask (Jaccard index, intersection over union): 1 perfect, 0.7 good"},
    {"jsi_input", "the same at the size that the network sees"},
    {"ceiling_jsi", "the highest overlap that the network's grid allows"},
    {"dice", "overlap by another formula, 2 JSI / (1 + JSI); above 0.8 good"},
    {"hd95", "distance between the outlines, 95 % of it within; small is good"},
    {"assd", "mean distance between the outlines; small is good"},
    {"lesion_sensitivity", "lesions found at so many false alarms an image (FROC)"},
    {"false_positive_rate", "of the images without a lesion, the share with something marked"},
    {"false_area", "of an image without a lesion, the share that was marked"}};

/// The figure's name without class, unit and place.
std::string plain_name(std::string name) {
  if (name.starts_with("macro_")) name = name.substr(6);
  name = name.substr(0, name.find_first_of("[@"));
  if (name.ends_with("_px") || name.ends_with("_mm")) name = name.substr(0, name.size() - 3);
  return name;
}

std::string legend_lines(const std::vector<Metric>& metrics) {
  std::size_t width = 19;
  for (const Metric& metric : metrics) width = std::max(width, plain_name(metric.name).size());
  std::string text = "what the figures mean (more in docs/glossary.md):\n";
  for (const Legend& legend : kLegends)
    if (std::any_of(metrics.begin(), metrics.end(),
                    [&](const Metric& metric) { return plain_name(metric.name) == legend.figure; }))
      text += fmt::format("  {:<{}}  {}\n", legend.figure, width, legend.meaning);
  return text;
}

std::string operating_lines(const Evaluation& evaluation) {
  std::string text;
  for (const OperatingPoint& point : evaluation.operating_points) {
    const bool of_sensitivity = point.target.measure == "sensitivity";
    const std::string interval =
        std::isnan(point.low) ? "" : " [" + fixed(point.low, 3) + ", " + fixed(point.high, 3) + "]";
    text += fmt::format("at {} {}: threshold {}, sensitivity {}{}, specificity {}{}\n", point.target.measure,
                        exact(point.target.value), fixed(point.threshold, 4), fixed(point.sensitivity, 3),
                        of_sensitivity ? "" : interval, fixed(point.specificity, 3), of_sensitivity ? interval : "");
  }
  if (!text.empty() && !evaluation.normal.empty())
    text += "  It is one of the probability of " + evaluation.positive +
            " among all images; --threshold is one of that among lesions.\n";
  if (!text.empty())
    text +=
        "  The threshold was chosen on these very images: on others expect less, and report figures of others only.\n";
  return text;
}

}  // namespace

std::string evaluation_table(const Evaluation& evaluation) {
  std::string text = fmt::format("{} images in {} groups; positive: {} at {} and above{}\n", evaluation.images,
                                 evaluation.groups, evaluation.positive, fixed(evaluation.threshold, 3),
                                 evaluation.normal.empty() ? "" : " among lesions");
  if (!evaluation.normal.empty())
    text += fmt::format("normal: {}; a lesion is said to be there at a probability of {} and above\n",
                        evaluation.normal, fixed(evaluation.lesion_threshold, 3));
  if (evaluation.bootstrap_samples > 0)
    text += fmt::format("in brackets: {:.0f} % interval, bootstrap over groups, {} samples\n",
                        100 * evaluation.confidence, evaluation.bootstrap_samples);
  text += "\n" + metric_lines(evaluation.metrics, "") + "\n" + confusion_lines(evaluation);
  if (!evaluation.operating_points.empty()) text += "\n" + operating_lines(evaluation);
  for (const Subgroup& part : evaluation.subgroups)
    text += fmt::format("\n{} = {} ({} images)\n", evaluation.by, part.value, part.images) +
            metric_lines(part.metrics, "  ");
  return text + "\n" + legend_lines(evaluation.metrics);
}

}  // namespace lanet
