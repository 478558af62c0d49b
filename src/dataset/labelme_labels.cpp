#include <algorithm>
#include <cmath>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/ellipse.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// Throws DataError for a point that is no pair.
std::vector<PolygonPoint> points_of(const Json& shape, const std::string& place) {
  std::vector<PolygonPoint> points;
  for (const Json& point : part_at(shape, "points")) {
    if (!point.is_array() || point.size() != 2)
      throw DataError({place, "a point that is not x and y", "two numbers", "left out"});
    points.push_back({number_or_nan(point[0]), number_or_nan(point[1])});
  }
  return points;
}

Box box_around(const std::vector<PolygonPoint>& points) {
  Box box{points[0].x, points[0].y, points[0].x, points[0].y};
  for (const PolygonPoint& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) return {};
    box = {std::min(box.x1, point.x), std::min(box.y1, point.y), std::max(box.x2, point.x), std::max(box.y2, point.y)};
  }
  return box;
}

/// LabelMe 5: a PNG in base64 whose upper left corner is the first point.
void read_patch(LabelShape& shape, const Json& json, const std::vector<PolygonPoint>& points) {
  const auto png = decode_base64(text_at(json, "mask"));
  if (points.empty() || !png || png->empty())
    throw DataError({shape.place, "a mask without its picture or place", "a PNG in base64 and two points", "left out"});
  shape.kind = LabelShape::Kind::kPatch;
  shape.box = {points[0].x, points[0].y, points[0].x, points[0].y};
  shape.patch = decode_mask(*png, shape.place);
}

/// Throws DataError for shapes that have no area or are damaged.
LabelShape read_shape(const Json& json, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  shape.label = text_at(json, "label");
  const std::vector<PolygonPoint> points = points_of(json, place);
  std::string kind = text_at(json, "shape_type");
  if (kind.empty()) kind = "polygon";
  if (kind == "mask") {
    read_patch(shape, json, points);
  } else if (kind == "rectangle") {
    if (points.size() != 2 && points.size() != 4)
      throw DataError(
          {place, "a rectangle of " + count_of(points.size(), "point", "points"), "two or four", "left out"});
    shape.box = box_around(points);
  } else if (kind == "circle") {
    if (points.size() != 2)
      throw DataError({place, "a circle of " + count_of(points.size(), "point", "points"), "two", "left out"});
    const double radius = std::hypot(points[1].x - points[0].x, points[1].y - points[0].y);
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons = {ellipse_outline(points[0], radius, radius, 0)};
  } else if (kind == "polygon" || kind == "oriented_rectangle") {
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons = {points};
  } else {
    throw DataError({place, "the shape '" + kind + "'", "polygon, rectangle, circle or mask", "left out"});
  }
  return shape;
}

}  // namespace

LabelFile parse_labelme(std::string_view bytes, const std::string& place) {
  const Json json = parse_label_json(bytes, place);
  if (!json.is_object() || !json.contains("shapes") || text_at(json, "imagePath").empty())
    throw DataError({place, "a JSON without shapes and imagePath", "LabelMe's file", ""});
  LabelFile labels;
  LabelledPicture picture;
  picture.name = text_at(json, "imagePath");
  picture.place = place;
  const double height = number_at(json, "imageHeight"), width = number_at(json, "imageWidth");
  const auto most = static_cast<double>(input_limits().image_side);
  if (height >= 1 && width >= 1 && height <= most && width <= most)
    picture.size = PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  const Json& flags = part_at(json, "flags");
  for (const auto& [name, value] : flags.items())
    if (flags.is_object() && value.is_boolean() && value.get<bool>()) picture.tags.push_back(name);
  std::size_t number = 0;
  for (const Json& shape : part_at(json, "shapes")) {
    const std::string here = place + ": shape " + std::to_string(++number);
    try {
      picture.shapes.push_back(read_shape(shape, here));
    } catch (const DataError& error) {
      labels.report.problems.emplace_back(error.what());
      // A line or a point measures something; a mask that cannot be read may be a lesion.
      picture.location_lost = picture.location_lost || text_at(shape, "shape_type") == "mask";
    }
  }
  labels.pictures.push_back(std::move(picture));
  return labels;
}

}  // namespace lanet
