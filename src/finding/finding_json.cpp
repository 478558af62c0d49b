#include "finding/finding_json.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_text.hpp"
#include "finding/no_lesion.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

Json box_json(const Box& box) { return Json::array({box.x1, box.y1, box.x2, box.y2}); }

Box box_from(const Json& json) {
  return {json.at(0).get<double>(), json.at(1).get<double>(), json.at(2).get<double>(), json.at(3).get<double>()};
}

std::optional<double> optional_number(const Json& json, const char* key) {
  return json.contains(key) ? std::optional(json.at(key).get<double>()) : std::nullopt;
}

Json thresholds_json(const FindingThresholds& thresholds) {
  Json json = Json::object();
  if (thresholds.positive) json = {{"positive_class", thresholds.positive_class}, {"positive", *thresholds.positive}};
  if (thresholds.lesion) json["lesion"] = *thresholds.lesion;
  if (thresholds.mask) json["mask"] = *thresholds.mask;
  return json;
}

std::optional<FindingThresholds> thresholds_from(const Json& finding) {
  if (!finding.contains("thresholds")) return std::nullopt;
  const Json& json = finding.at("thresholds");
  return FindingThresholds{json.value("positive_class", ""), optional_number(json, "positive"),
                           optional_number(json, "lesion"), optional_number(json, "mask")};
}

Json lesion_json(const Lesion& lesion) {
  Json json = {{"box_xyxy", box_json(lesion.box)},
               {"area_px", lesion.area_px},
               {"longest_px", lesion.longest_px},
               {"across_px", lesion.across_px},
               {"mean_probability", lesion.mean_probability}};
  if (lesion.area_mm2) json["area_mm2"] = *lesion.area_mm2;
  if (lesion.longest_mm) json["longest_mm"] = *lesion.longest_mm;
  if (lesion.across_mm) json["across_mm"] = *lesion.across_mm;
  if (lesion.part > 0) json["part"] = lesion.part;
  return json;
}

Json classes_json(const std::vector<ClassProbability>& classes) {
  Json json = Json::array();
  for (const ClassProbability& item : classes) json.push_back({{"name", item.name}, {"probability", item.probability}});
  return json;
}

std::vector<ClassProbability> classes_from(const Json& json) {
  std::vector<ClassProbability> classes;
  for (const Json& item : json)
    classes.push_back({item.at("name").get<std::string>(), item.at("probability").get<double>()});
  return classes;
}

Json spacing_json(const PixelSpacing& spacing) { return {{"x", spacing.x_mm}, {"y", spacing.y_mm}}; }

std::optional<PixelSpacing> spacing_from(const Json& json) {
  if (!json.contains("spacing_mm")) return std::nullopt;
  return PixelSpacing{json.at("spacing_mm").at("x").get<double>(), json.at("spacing_mm").at("y").get<double>()};
}

Json parts_json(const Finding& finding) {
  Json json = Json::array();
  for (const FindingPart& part : finding.parts) {
    json.push_back({{"part", json.size() + 1},
                    {"region_xyxy", box_json(part.region)},
                    {"decision", part.decision},
                    {"classes", classes_json(part.classes)}});
    if (part.spacing) json.back()["spacing_mm"] = spacing_json(*part.spacing);
    if (says_no_lesion(finding, static_cast<std::int64_t>(json.size()))) json.back()["result"] = kNoLesionFound;
  }
  return json;
}

std::vector<FindingPart> parts_from(const Json& json) {
  std::vector<FindingPart> parts;
  for (const Json& item : json)
    parts.push_back({box_from(item.at("region_xyxy")), classes_from(item.at("classes")),
                     item.at("decision").get<std::string>(), spacing_from(item)});
  return parts;
}

/// A part that a lesion or the decision names must be there.
std::int64_t part_number(const Json& json, const char* key, std::size_t parts, const std::string& place) {
  if (!json.contains(key)) return 0;
  const auto number = json.at(key).get<std::int64_t>();
  if (number < 1 || number > static_cast<std::int64_t>(parts))
    throw DataError({place, std::string(key) + " " + std::to_string(number),
                     "1 to " + std::to_string(parts) + ", a part of the finding", ""});
  return number;
}

Lesion lesion_from(const Json& json) {
  Lesion lesion;
  lesion.box = box_from(json.at("box_xyxy"));
  lesion.area_px = json.at("area_px").get<std::int64_t>();
  lesion.longest_px = json.at("longest_px").get<double>();
  lesion.across_px = json.at("across_px").get<double>();
  lesion.mean_probability = json.at("mean_probability").get<double>();
  lesion.area_mm2 = optional_number(json, "area_mm2");
  lesion.longest_mm = optional_number(json, "longest_mm");
  lesion.across_mm = optional_number(json, "across_mm");
  return lesion;
}

Json finding_json(const Finding& finding) {
  Json json = {{"format", "lanet-finding"},
               {"version", kFindingFormatVersion},
               {"image", finding.image_id},
               {"decision", finding.decision},
               {"classes", classes_json(finding.classes)},
               {"lesions", Json::array()},
               {"doubts", finding.doubts},
               {"model", finding.model_id},
               {"use", "research use only, not a medical device"}};
  if (says_no_lesion(finding)) json["result"] = kNoLesionFound;
  if (finding.thresholds) json["thresholds"] = thresholds_json(*finding.thresholds);
  if (!finding.parts.empty()) {
    json["parts"] = parts_json(finding);
    json["decision_part"] = finding.decision_part;
  }
  for (const Lesion& lesion : finding.lesions) json["lesions"].push_back(lesion_json(lesion));
  if (finding.spacing) json["spacing_mm"] = spacing_json(*finding.spacing);
  if (!finding.mask.empty())
    json["mask"] = {{"size", {finding.mask.height, finding.mask.width}}, {"counts", encode_runs(finding.mask)}};
  return json;
}

Finding parse(const Json& json, const std::string& place) {
  if (json.at("format").get<std::string>() != "lanet-finding")
    throw DataError({place, "format '" + json.at("format").get<std::string>() + "'", "lanet-finding", ""});
  const auto version = json.at("version").get<std::int64_t>();
  if (version != kFindingFormatVersion)
    throw DataError({place, "format version " + std::to_string(version), std::to_string(kFindingFormatVersion),
                     "use a newer lanet"});
  Finding finding;
  finding.image_id = json.at("image").get<std::string>();
  finding.decision = json.at("decision").get<std::string>();
  finding.classes = classes_from(json.at("classes"));
  if (json.contains("parts")) finding.parts = parts_from(json.at("parts"));
  finding.decision_part = part_number(json, "decision_part", finding.parts.size(), place);
  for (const Json& lesion : json.at("lesions")) {
    finding.lesions.push_back(lesion_from(lesion));
    finding.lesions.back().part = part_number(lesion, "part", finding.parts.size(), place);
  }
  finding.doubts = json.at("doubts").get<std::vector<std::string>>();
  finding.model_id = json.at("model").get<std::string>();
  finding.spacing = spacing_from(json);
  finding.thresholds = thresholds_from(json);
  if (json.contains("mask")) {
    const Json& size = json.at("mask").at("size");
    finding.mask = decode_runs(json.at("mask").at("counts").get<std::vector<std::int64_t>>(),
                               size.at(0).get<std::int64_t>(), size.at(1).get<std::int64_t>(), place);
  }
  return finding;
}

}  // namespace

// A file's name may be of any bytes.
std::string to_json(const Finding& finding) { return json_text(finding_json(finding), 2); }

std::string to_json_line(const Finding& finding) { return json_text(finding_json(finding)); }

Finding finding_from_json(const std::string& text, const std::string& place) {
  try {
    return parse(parse_json<Json>(text, place), place);
  } catch (const nlohmann::json::exception& error) {
    throw DataError({place, std::string("no valid finding (") + error.what() + ")", "a lanet-finding JSON", ""});
  }
}

std::vector<std::int64_t> encode_runs(const Mask& mask) {
  std::vector<std::int64_t> runs{0};
  std::uint8_t inside = 0;
  for (std::int64_t column = 0; column < mask.width; ++column)
    for (std::int64_t row = 0; row < mask.height; ++row) {
      if (mask.at(row, column) != inside) {
        inside = mask.at(row, column);
        runs.push_back(0);
      }
      ++runs.back();
    }
  return runs;
}

Mask decode_runs(const std::vector<std::int64_t>& runs, std::int64_t height, std::int64_t width,
                 const std::string& place) {
  constexpr std::int64_t kMaxSide = 1 << 16;
  constexpr std::int64_t kMaxPixels = 100'000'000;
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide || height * width > kMaxPixels)
    throw DataError({place, "a mask of " + size + " px", "1 to 65536 px a side, 100 million in all", ""});
  Mask mask = make_mask(height, width);
  std::int64_t position = 0;
  std::uint8_t inside = 0;
  for (const std::int64_t run : runs) {
    if (run < 0 || run > height * width - position)
      throw DataError({place, "run lengths that do not fit", "runs that fill a mask of " + size + " px", ""});
    for (const std::int64_t end = position + run; position < end; ++position)
      mask.at(position % height, position / height) = inside;
    inside = inside ? 0 : 1;
  }
  if (position != height * width)
    throw DataError({place, std::to_string(position) + " pixels in the run lengths", size + " px filled", ""});
  return mask;
}

}  // namespace lanet
