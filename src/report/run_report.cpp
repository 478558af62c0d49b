#include "report/run_report.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/manifest.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"
#include "report/page.hpp"
#include "report/run_figures.hpp"

namespace lanet {
namespace {

constexpr const char* kPage = "report.html";

constexpr std::size_t kPicturesEach = 4;
constexpr std::int64_t kPictureSide = 420;

std::string interval(const Metric& metric, int digits) {
  return std::isnan(metric.low) ? "" : "[" + fixed(metric.low, digits) + ", " + fixed(metric.high, digits) + "]";
}

int digits_of(const std::string& name) {
  return name.find("_px") != std::string::npos || name.find("_mm") != std::string::npos ? 1 : 3;
}

std::string headline(const RunFolder& run) {
  if (!run.evaluation)
    return "<p class=\"warn\">Not evaluated yet: run <code>lanet evaluate</code> on this run's best.safetensors.</p>";
  const Evaluation& evaluation = *run.evaluation;
  std::string html = "<div class=\"tiles\">";
  const std::string macro = evaluation.classes.size() == 2 ? "" : "macro_";
  for (const std::string& name : {std::string("accuracy"), macro + "auc", macro + "sensitivity", macro + "specificity",
                                  std::string("normal_specificity"), std::string("lesion_called_normal"),
                                  std::string("jsi"), std::string("dice")}) {
    const Metric metric = evaluation.metric(name);
    if (metric.images == 0) continue;
    html += "<div class=\"tile\"><span>" + escape_html(name) + "</span><b>" + fixed(metric.value, 3) + "</b><span>" +
            escape_html(interval(metric, 3)) + "</span></div>";
  }
  html += "</div><p class=\"soft\" style=\"margin-top:10px\">" + std::to_string(evaluation.images) +
          " images of subset " + escape_html(run.subset) + " in " + std::to_string(evaluation.groups) +
          " independent groups; positive class: " + escape_html(evaluation.positive) + ", at probability " +
          fixed(evaluation.threshold, 2) + " and above" +
          (evaluation.normal.empty() ? "."
                                     : " among lesions; normal class: " + escape_html(evaluation.normal) +
                                           ", a lesion is said to be there at probability " +
                                           fixed(evaluation.lesion_threshold, 2) + " and above.");
  if (evaluation.bootstrap_samples > 0)
    html += " In brackets: " + fixed(100 * evaluation.confidence, 0) + " % interval, bootstrap over groups, " +
            std::to_string(evaluation.bootstrap_samples) +
            " samples. One training run; repeats with other seeds vary more.";
  return html + "</p>";
}

std::string metrics_table(const Evaluation& evaluation) {
  std::vector<std::vector<TableCell>> rows;
  for (const Metric& metric : evaluation.metrics)
    rows.push_back({{metric.name, false},
                    {fixed(metric.value, digits_of(metric.name)), true},
                    {interval(metric, digits_of(metric.name)), true},
                    {std::to_string(metric.images), true}});
  return table({"metric", "value", "interval", "images"}, rows);
}

std::string confusion_table(const Evaluation& evaluation) {
  std::vector<std::string> head{"truth \\ decision"};
  head.insert(head.end(), evaluation.classes.begin(), evaluation.classes.end());
  std::vector<std::vector<TableCell>> rows;
  for (std::size_t row = 0; row < evaluation.classes.size(); ++row) {
    rows.push_back({{evaluation.classes[row], false}});
    for (const std::int64_t count : evaluation.confusion[row]) rows.back().push_back({std::to_string(count), true});
  }
  return "<h3>Confusion matrix</h3>" + table(head, rows);
}

std::string subgroup_tables(const Evaluation& evaluation) {
  if (evaluation.subgroups.empty()) return "";
  const std::string of = evaluation.classes.size() == 2 ? "" : "[" + evaluation.positive + "]";
  std::vector<std::string> names{"accuracy", "auc" + of, "sensitivity" + of, "specificity" + of, "jsi"};
  if (!evaluation.normal.empty()) names.insert(names.end(), {"normal_specificity", "lesion_called_normal"});
  std::vector<std::string> head{evaluation.by, "images"};
  head.insert(head.end(), names.begin(), names.end());
  std::vector<std::vector<TableCell>> rows;
  for (const Subgroup& part : evaluation.subgroups) {
    rows.push_back({{part.value, false}, {std::to_string(part.images), true}});
    for (const std::string& name : names) {
      const auto found = std::find_if(part.metrics.begin(), part.metrics.end(),
                                      [&](const Metric& metric) { return metric.name == name; });
      rows.back().push_back(
          {found == part.metrics.end() ? "-" : fixed(found->value, 3) + " " + interval(*found, 2), true});
    }
  }
  return "<h3>By " + escape_html(evaluation.by) + "</h3>" + table(head, rows);
}

std::string figures_html(const std::vector<Figure>& figures, OutputFolder& folder) {
  if (figures.empty()) return "";
  std::string html = "<div class=\"figures\">";
  for (const Figure& figure : figures)
    html += "<figure>" + draw_figure(figure, folder, "figures") + "<figcaption>" + escape_html(figure.caption) +
            " (figures/" + escape_html(figure.name) + ".csv)</figcaption></figure>\n";
  return html + "</div>\n";
}

Image fitted(const Image& image) {
  const std::int64_t longest = std::max(image.height, image.width);
  if (longest <= kPictureSide) return image;
  const auto scale = [&](std::int64_t side) { return std::max<std::int64_t>(1, side * kPictureSide / longest); };
  return resize(image, scale(image.height), scale(image.width), Resampling::kArea);
}

std::string picture(const RunFolder& run, const Manifest& manifest, const ImageResult& result) {
  const auto finding = std::find_if(run.findings.begin(), run.findings.end(),
                                    [&](const Finding& item) { return item.image_id == result.id; });
  const std::int64_t index = manifest.find(result.id);
  if (finding == run.findings.end() || index < 0) return "";
  const Sample& sample = manifest.samples[static_cast<std::size_t>(index)];
  try {
    const Image image = read_image(manifest.image_path(sample));
    const auto truth = read_truth_mask(manifest, sample, image.height, image.width);
    const std::string caption = result.id + (result.jsi ? ": JSI " + fixed(*result.jsi, 3) : "") + "; truth " +
                                (sample.class_name.empty() ? "unknown" : sample.class_name) + ", decision " +
                                finding->decision + " (" + fixed(100 * finding->probability_of(finding->decision), 0) +
                                " %)";
    return "<figure>" + picture_tag(fitted(draw_finding(image, *finding, truth)), caption) + "<figcaption>" +
           escape_html(caption) + "</figcaption></figure>\n";
  } catch (const Error& error) {
    return "<figure><figcaption>" + escape_html(error.what()) + "</figcaption></figure>\n";
  }
}

/// Best, median and worst by JSI, or by the probability of the true class where nothing was located.
std::string pictures_html(const RunFolder& run) {
  if (run.findings.empty() || run.results.results.empty()) return "";
  Manifest manifest;
  try {
    manifest = read_manifest(run.manifest);
  } catch (const Error& error) {
    return "<p class=\"soft\">No pictures: " + escape_html(error.what()) + "</p>";
  }
  std::vector<std::pair<double, const ImageResult*>> ranked;
  for (const ImageResult& result : run.results.results)
    if (result.jsi) ranked.emplace_back(*result.jsi, &result);
  const bool by_jsi = !ranked.empty();
  for (const ImageResult& result : run.results.results)
    if (!by_jsi && result.truth_class >= 0)
      ranked.emplace_back(result.probabilities[static_cast<std::size_t>(result.truth_class)], &result);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const std::size_t each = std::min(kPicturesEach, ranked.size());
  const struct {
    const char* name;
    std::size_t first;
  } parts[] = {{"Best", 0}, {"Median", (ranked.size() - each) / 2}, {"Worst", ranked.size() - each}};
  std::string html = "<p class=\"soft\">By " + std::string(by_jsi ? "JSI" : "the probability of the true class") +
                     ".<span class=\"key\" style=\"background:#ff8c00\"></span>prediction"
                     "<span class=\"key\" style=\"background:#40c85a\"></span>truth</p>";
  for (const auto& part : parts) {
    html += "<h3>" + std::string(part.name) + "</h3><div class=\"pictures\">";
    for (std::size_t index = 0; index < each; ++index)
      html += picture(run, manifest, *ranked[part.first + index].second);
    html += "</div>";
  }
  return html;
}

std::string data_html(const RunFolder& run) {
  std::vector<std::vector<TableCell>> rows;
  for (const auto& subset : run.subsets)
    rows.push_back({{subset[0], false}, {subset[1], true}, {subset[2], true}, {subset[3], true}});
  return table({"subset", "images", "groups", "with location label"}, rows);
}

std::string provenance_html(const RunFolder& run) {
  std::vector<std::vector<TableCell>> rows;
  for (const NamedText& item : run.provenance) rows.push_back({{item.name, false}, {item.text, false}});
  return "<div class=\"wrap\">" + table({"", ""}, rows) + "</div>" +
         "<details style=\"margin-top:12px\"><summary>All settings</summary><pre>" + escape_html(run.settings) +
         "</pre></details>";
}

}  // namespace

std::filesystem::path write_run_report(const RunFolder& run, bool overwrite) {
  OutputFolder folder(run.folder, overwrite);
  folder.require_writable({kPage});
  std::string html = "<h1>" + escape_html(run.name) +
                     "</h1><p class=\"soft\">Breast ultrasound: tumour localization and "
                     "classification with LA-Net. Research use only, not a medical device.</p>\n";
  html += section("Results", headline(run));
  html += section("Curves", figures_html(result_figures(run), folder));
  html += section("Images", pictures_html(run));
  if (run.evaluation)
    html += section("All metrics", metrics_table(*run.evaluation) + confusion_table(*run.evaluation) +
                                       subgroup_tables(*run.evaluation));
  html += section("Data", data_html(run));
  html += section("Training", figures_html(training_figures(run), folder));
  html += section("How it came about", provenance_html(run));
  folder.write(kPage, page(run.name + " - lanet", html));
  return run.folder / kPage;
}

}  // namespace lanet
