#include "serve/item_json.hpp"

#include <algorithm>
#include <cctype>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "finding/finding_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json lesion_json(const Lesion& lesion) {
  Json json{{"box_xyxy", {lesion.box.x1, lesion.box.y1, lesion.box.x2, lesion.box.y2}},
            {"area_px", lesion.area_px},
            {"longest_px", lesion.longest_px},
            {"across_px", lesion.across_px},
            {"mean_probability", lesion.mean_probability},
            {"area_mm2", or_null(lesion.area_mm2)},
            {"longest_mm", or_null(lesion.longest_mm)},
            {"across_mm", or_null(lesion.across_mm)}};
  if (lesion.part > 0) json["part"] = lesion.part;
  return json;
}

Json curve_json(const ItemSummary& summary) {
  if (summary.curve.empty()) return nullptr;
  Json curve = Json::array();
  for (const CurvePoint& point : summary.curve)
    curve.push_back({{"frame", point.frame}, {"probability", point.probability}, {"lesion", point.lesion}});
  return curve;
}

Json labels_json(const Item& item) {
  if (item.labels.empty()) return nullptr;
  Json frames = Json::array();
  const ItemLabel* latest = nullptr;
  for (const auto& [frame, label] : item.labels) {
    frames.push_back(frame);
    if (!latest || label.saved >= latest->saved) latest = &label;
  }
  return {{"class", text_or_null(latest->class_name)}, {"frames", frames}, {"saved", latest->saved}};
}

constexpr std::int64_t kLongestClassName = 64;

/// Any name in any script ("Bösartig", "BI-RADS 4"); it stands in a list, never in the name of a file.
bool is_class_name(const std::string& name) {
  const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; };
  const auto starts_letter = [](char letter) { return (static_cast<unsigned char>(letter) & 0xc0) != 0x80; };
  return !name.empty() && std::string_view("./\\ ").find(name.front()) == std::string_view::npos &&
         name.back() != ' ' && std::none_of(name.begin(), name.end(), is_control) &&
         std::count_if(name.begin(), name.end(), starts_letter) <= kLongestClassName;
}

std::string class_from(const Json& json) {
  const Json& name = json.at("class");
  if (name.is_null()) return "";
  if (!name.is_string() || !is_class_name(name.get<std::string>()))
    throw DataError({"class", name.dump(), "the name of a class (at most 64 letters), or null", ""});
  return name.get<std::string>();
}

std::vector<std::int64_t> integers_of(const Json& json, const char* place) {
  if (!json.is_array() ||
      !std::all_of(json.begin(), json.end(), [](const Json& value) { return value.is_number_integer(); }))
    throw DataError({place, "something other than whole numbers", "a list of whole numbers", ""});
  return json.get<std::vector<std::int64_t>>();
}

std::optional<Mask> mask_from(const Json& json, std::int64_t height, std::int64_t width) {
  const Json& mask = json.at("mask");
  if (mask.is_null()) return std::nullopt;
  const auto size = integers_of(mask.at("size"), "mask.size");
  if (size != std::vector<std::int64_t>{height, width})
    throw DataError({"mask", "size " + mask.at("size").dump(),
                     "[" + std::to_string(height) + "," + std::to_string(width) + "] as the picture", ""});
  return decode_runs(integers_of(mask.at("counts"), "mask.counts"), height, width, "mask");
}

}  // namespace

Json item_json(Item& item) {
  const std::lock_guard lock(item.mutex);
  const ItemSummary none;
  const ItemSummary& summary = item.summary ? *item.summary : none;
  const bool known = item.summary.has_value();
  Json classes = Json::array();
  for (const ClassProbability& each : summary.classes)
    classes.push_back({{"name", each.name}, {"probability", each.probability}});
  Json spacing = nullptr;
  if (item.spacing) spacing = {{"x", item.spacing->x_mm}, {"y", item.spacing->y_mm}};
  return {{"id", item.id},
          {"name", item.name},
          {"kind", item.dicom ? "dicom" : "image"},
          {"source", item.source},
          {"width", item.width},
          {"height", item.height},
          {"frames", item.frames},
          {"state", item.state},
          {"problem", text_or_null(item.problem)},
          {"spacing_mm", spacing},
          {"model", text_or_null(summary.model)},
          {"decision", text_or_null(summary.decision)},
          {"probability", known ? Json(summary.probability) : Json(nullptr)},
          {"classes", classes},
          {"lesions", summary.lesions},
          {"largest", summary.largest ? lesion_json(*summary.largest) : Json(nullptr)},
          {"doubts", summary.doubts},
          {"uncertainty", known ? Json(summary.uncertainty) : Json(nullptr)},
          {"frame_ms", or_null(item.frame_ms)},
          {"curve", curve_json(summary)},
          {"steadiest_frame", or_null(summary.steadiest)},
          {"added", item.added},
          {"label", labels_json(item)}};
}

Json job_json(const Job& job) {
  return {{"id", job.id},
          {"state", job.state},
          {"total", job.total < 0 ? Json(nullptr) : Json(job.total)},
          {"done", job.done},
          {"items", job.items},
          {"problems", job.problems},
          {"added", job.added},
          {"finished", text_or_null(job.finished)}};
}

Json label_json(const ItemLabel& label) {
  Json json{{"class", text_or_null(label.class_name)}, {"mask", nullptr}};
  if (label.mask)
    json["mask"] = {{"size", {label.mask->height, label.mask->width}}, {"counts", encode_runs(*label.mask)}};
  json["saved"] = label.saved;
  return json;
}

ItemLabel label_from_json(const std::string& text, std::int64_t height, std::int64_t width) {
  const Json json = parse_json<Json>(text, "label");
  try {
    for (const auto& [name, value] : json.items())
      if (name != "class" && name != "mask")
        throw DataError({"label", "the name '" + name + "'", "class and mask", ""});
    ItemLabel label{class_from(json), mask_from(json, height, width), utc_now()};
    return label;
  } catch (const nlohmann::json::exception&) {
    throw DataError({"label", "values of another type", R"({"class": ..., "mask": ...} as docs/api.md says)", ""});
  }
}

}  // namespace lanet
