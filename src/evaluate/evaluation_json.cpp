#include <cmath>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_text.hpp"
#include "core/nan.hpp"
#include "evaluate/evaluation.hpp"

namespace lanet {
namespace {

using nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

double number_from(const ordered_json& value) { return value.is_null() ? kNan : value.get<double>(); }

ordered_json metrics_json(const std::vector<Metric>& metrics) {
  ordered_json list = ordered_json::array();
  for (const Metric& metric : metrics)
    list.push_back({{"name", metric.name},
                    {"value", number(metric.value)},
                    {"low", number(metric.low)},
                    {"high", number(metric.high)},
                    {"images", metric.images}});
  return list;
}

std::vector<Metric> metrics_from(const ordered_json& list) {
  std::vector<Metric> metrics;
  for (const auto& item : list)
    metrics.push_back({item.at("name").get<std::string>(), number_from(item.at("value")), number_from(item.at("low")),
                       number_from(item.at("high")), item.at("images").get<std::int64_t>()});
  return metrics;
}

/// A list of small structs as rows of numbers.
template <class Point, class... Members>
ordered_json rows_json(const std::vector<Point>& points, Members... members) {
  ordered_json rows = ordered_json::array();
  for (const Point& point : points) rows.push_back(ordered_json::array({number(point.*members)...}));
  return rows;
}

template <class Point, class... Members>
std::vector<Point> rows_from(const ordered_json& rows, Members... members) {
  std::vector<Point> points;
  for (const auto& row : rows) {
    Point point;
    std::size_t column = 0;
    ((point.*members = number_from(row.at(column++))), ...);
    points.push_back(point);
  }
  return points;
}

}  // namespace

std::string evaluation_json(const Evaluation& evaluation) {
  ordered_json json{{"format", "lanet-evaluation"},
                    {"version", kFormatVersion},
                    {"classes", evaluation.classes},
                    {"positive", evaluation.positive},
                    {"images", evaluation.images},
                    {"groups", evaluation.groups},
                    {"threshold", evaluation.threshold},
                    {"confidence", evaluation.confidence},
                    {"bootstrap_samples", evaluation.bootstrap_samples},
                    {"metrics", metrics_json(evaluation.metrics)},
                    {"confusion", evaluation.confusion}};
  if (!evaluation.normal.empty()) {
    json["normal"] = evaluation.normal;
    json["lesion_threshold"] = evaluation.lesion_threshold;
  }
  json["roc"] =
      rows_json(evaluation.roc, &RocPoint::false_positive_rate, &RocPoint::true_positive_rate, &RocPoint::threshold);
  json["roc_band"] =
      rows_json(evaluation.roc_band, &RocBandPoint::false_positive_rate, &RocBandPoint::low, &RocBandPoint::high);
  json["froc"] =
      rows_json(evaluation.froc, &FrocPoint::false_positives_per_image, &FrocPoint::sensitivity, &FrocPoint::threshold);
  json["reliability"] = rows_json(evaluation.reliability, &ReliabilityBin::mean_probability,
                                  &ReliabilityBin::observed_share, &ReliabilityBin::images);
  json["by"] = evaluation.by;
  json["subgroups"] = ordered_json::array();
  for (const Subgroup& part : evaluation.subgroups)
    json["subgroups"].push_back(
        {{"value", part.value}, {"images", part.images}, {"metrics", metrics_json(part.metrics)}});
  json["operating_points"] = ordered_json::array();
  for (const OperatingPoint& point : evaluation.operating_points)
    json["operating_points"].push_back({{"at", point.target.measure},
                                        {"target", point.target.value},
                                        {"threshold", number(point.threshold)},
                                        {"sensitivity", number(point.sensitivity)},
                                        {"specificity", number(point.specificity)},
                                        {"low", number(point.low)},
                                        {"high", number(point.high)}});
  return json_text(json, 1) + "\n";
}

Evaluation evaluation_from_json(const std::string& text, const std::string& place) {
  try {
    const auto json = parse_json(text, place);
    if (json.at("format") != "lanet-evaluation" || json.at("version").get<std::int64_t>() > kFormatVersion)
      throw DataError({place, "another format or a newer version", "lanet-evaluation 1", "update lanet"});
    Evaluation evaluation;
    json.at("classes").get_to(evaluation.classes);
    json.at("positive").get_to(evaluation.positive);
    json.at("images").get_to(evaluation.images);
    json.at("groups").get_to(evaluation.groups);
    json.at("threshold").get_to(evaluation.threshold);
    if (json.contains("normal")) {
      json.at("normal").get_to(evaluation.normal);
      json.at("lesion_threshold").get_to(evaluation.lesion_threshold);
    }
    json.at("confidence").get_to(evaluation.confidence);
    json.at("bootstrap_samples").get_to(evaluation.bootstrap_samples);
    evaluation.metrics = metrics_from(json.at("metrics"));
    json.at("confusion").get_to(evaluation.confusion);
    evaluation.roc = rows_from<RocPoint>(json.at("roc"), &RocPoint::false_positive_rate, &RocPoint::true_positive_rate,
                                         &RocPoint::threshold);
    evaluation.roc_band = rows_from<RocBandPoint>(json.at("roc_band"), &RocBandPoint::false_positive_rate,
                                                  &RocBandPoint::low, &RocBandPoint::high);
    evaluation.froc = rows_from<FrocPoint>(json.at("froc"), &FrocPoint::false_positives_per_image,
                                           &FrocPoint::sensitivity, &FrocPoint::threshold);
    evaluation.reliability = rows_from<ReliabilityBin>(json.at("reliability"), &ReliabilityBin::mean_probability,
                                                       &ReliabilityBin::observed_share, &ReliabilityBin::images);
    json.at("by").get_to(evaluation.by);
    for (const auto& part : json.at("subgroups"))
      evaluation.subgroups.push_back({part.at("value").get<std::string>(), part.at("images").get<std::int64_t>(),
                                      metrics_from(part.at("metrics"))});
    if (json.contains("operating_points"))
      for (const auto& point : json.at("operating_points"))
        evaluation.operating_points.push_back({{point.at("at").get<std::string>(), point.at("target").get<double>()},
                                               number_from(point.at("threshold")),
                                               number_from(point.at("sensitivity")),
                                               number_from(point.at("specificity")),
                                               number_from(point.at("low")),
                                               number_from(point.at("high"))});
    return evaluation;
  } catch (const nlohmann::json::exception&) {
    throw DataError({place, "a field that is missing or of another type", "an evaluation written by `lanet evaluate`",
                     "evaluate the model again"});
  }
}

}  // namespace lanet
