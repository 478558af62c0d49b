#include <cmath>
#include <numbers>

#include "core/csv.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/ellipse.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// A value of text, or the options of a checkbox that are on.
std::string value_of(const Json& value) {
  if (!value.is_object()) return trim(text_or_empty(value));
  std::vector<std::string> on;
  for (const auto& [option, state] : value.items())
    if (state.is_boolean() && state.get<bool>()) on.push_back(option);
  return join_text(on, ", ");
}

/// The class among attributes: one of a known name, else the only one.
std::string class_in(const Json& attributes, bool only_one_counts) {
  if (!attributes.is_object()) return "";
  for (const char* known : {"class", "label", "diagnosis", "pathology", "category", "type", "name", "lesion"})
    for (const auto& [name, value] : attributes.items())
      if (to_lower(name) == known && !value_of(value).empty()) return value_of(value);
  return only_one_counts && attributes.size() == 1 ? value_of(attributes.begin().value()) : "";
}

/// Throws DataError for what has no area.
LabelShape read_region(const Json& region, const Json& attributes, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  shape.label = class_in(attributes, true);
  const std::string kind = text_at(region, "name");
  const PolygonPoint centre{number_at(region, "cx"), number_at(region, "cy")};
  if (kind == "rect") {
    const double x = number_at(region, "x"), y = number_at(region, "y");
    shape.box = {x, y, x + number_at(region, "width"), y + number_at(region, "height")};
    return shape;
  }
  shape.kind = LabelShape::Kind::kOutline;
  if (kind == "polygon") {
    const Json &x = part_at(region, "all_points_x"), &y = part_at(region, "all_points_y");
    if (!x.is_array() || !y.is_array() || x.size() != y.size())
      throw DataError({place, "a polygon with unequal lists of x and y", "as many x as y", "left out"});
    shape.polygons.emplace_back();
    for (std::size_t corner = 0; corner < x.size(); ++corner)
      shape.polygons[0].push_back({number_or_nan(x[corner]), number_or_nan(y[corner])});
  } else if (kind == "circle") {
    shape.polygons = {ellipse_outline(centre, number_at(region, "r"), number_at(region, "r"), 0)};
  } else if (kind == "ellipse") {
    const double theta = region.contains("theta") ? number_at(region, "theta") : 0;
    shape.polygons = {
        ellipse_outline(centre, number_at(region, "rx"), number_at(region, "ry"), theta * 180 / std::numbers::pi)};
  } else {
    throw DataError({place, "a region '" + kind + "'", "rect, polygon, circle or ellipse", "left out"});
  }
  return shape;
}

void add_region(LabelledPicture& picture, const Json& region, const Json& attributes, const std::string& place,
                LabelFile& labels) {
  try {
    picture.shapes.push_back(read_region(region, attributes, place));
  } catch (const DataError& error) {
    labels.report.problems.emplace_back(error.what());
  }
}

LabelFile read_json(const Json& json, const std::string& place) {
  const Json& list = json.contains("_via_img_metadata") ? part_at(json, "_via_img_metadata") : json;
  LabelFile labels;
  for (const Json& entry : list) {
    if (!entry.is_object() || !entry.contains("regions")) continue;
    LabelledPicture picture;
    picture.name = text_at(entry, "filename");
    picture.place = place + ": " + picture.name;
    if (const std::string tag = class_in(part_at(entry, "file_attributes"), false); !tag.empty())
      picture.tags.push_back(tag);
    std::size_t number = 0;
    for (const Json& region : part_at(entry, "regions"))  // a list, or numbered members in version 1
      add_region(picture, part_at(region, "shape_attributes"), part_at(region, "region_attributes"),
                 picture.place + ": region " + std::to_string(++number), labels);
    labels.pictures.push_back(std::move(picture));
  }
  if (labels.pictures.empty()) throw DataError({place, "a JSON without regions", "VIA's annotations", ""});
  return labels;
}

LabelFile read_table(const std::string& text, const std::string& place) {
  LabelFile labels;
  const CsvTable table = parse_csv(text, place, &labels.report.problems);
  const auto file = static_cast<std::size_t>(table.require_column("filename"));
  const auto shapes = static_cast<std::size_t>(table.require_column("region_shape_attributes"));
  const auto attributes = static_cast<std::size_t>(table.require_column("region_attributes"));
  const std::int64_t of_file = table.find_column("file_attributes");
  std::map<std::string, std::size_t> known;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto& cells = table.rows[row];
    const auto [entry, fresh] = known.emplace(cells[file], labels.pictures.size());
    if (fresh) {
      labels.pictures.emplace_back();
      labels.pictures.back().name = cells[file];
      labels.pictures.back().place = table.row_place(row);
    }
    LabelledPicture& picture = labels.pictures[entry->second];
    try {
      const Json region = parse_label_json(cells[shapes], table.row_place(row));
      const std::string tag =
          fresh && of_file >= 0 && !trim(cells[static_cast<std::size_t>(of_file)]).empty()
              ? class_in(parse_label_json(cells[static_cast<std::size_t>(of_file)], table.row_place(row)), false)
              : "";
      if (!tag.empty()) picture.tags.push_back(tag);
      if (region.empty()) continue;  // a picture without regions has one row
      add_region(picture, region, parse_label_json(cells[attributes], table.row_place(row)), table.row_place(row),
                 labels);
    } catch (const DataError& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  return labels;
}

}  // namespace

LabelFile parse_via(std::string_view bytes, const std::string& place) {
  const std::string text = decode_text(bytes).text;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return read_table(text, place);
  const Json json = parse_label_json(text, place);
  return read_json(json, place);
}

}  // namespace lanet
