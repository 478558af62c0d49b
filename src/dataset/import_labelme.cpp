#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "dataset/label_writer.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kCircleCorners = 90;
constexpr double kPi = 3.14159265358979323846;

std::vector<PolygonPoint> circle(const PolygonPoint& centre, const PolygonPoint& edge) {
  const double radius = std::hypot(edge.x - centre.x, edge.y - centre.y);
  std::vector<PolygonPoint> corners;
  for (int corner = 0; corner < kCircleCorners; ++corner) {
    const double angle = 2 * kPi * corner / kCircleCorners;
    corners.push_back({centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle)});
  }
  return corners;
}

struct Shapes {
  std::string class_name;
  std::vector<Box> boxes;
  Mask mask;
};

Shapes read_shapes(const Json& json, const PictureSize& size, const std::string& place) {
  Shapes shapes;
  for (const Json& shape : json.at("shapes")) {
    const std::string label = shape.at("label").get<std::string>();
    if (!shapes.class_name.empty() && shapes.class_name != label)
      throw DataError({place, "the labels " + shapes.class_name + " and " + label, "one class an image", ""});
    shapes.class_name = label;
    std::vector<PolygonPoint> points;
    for (const Json& point : shape.at("points")) {
      const auto pair = point.get<std::vector<double>>();
      if (pair.size() != 2)
        throw DataError({place, "a point of " + std::to_string(pair.size()) + " numbers", "x and y", ""});
      points.push_back({pair[0], pair[1]});
    }
    const std::string kind = shape.value("shape_type", std::string("polygon"));
    if ((kind == "rectangle" || kind == "circle") && points.size() != 2)
      throw DataError({place, "a " + kind + " of " + std::to_string(points.size()) + " points", "two", ""});
    if (kind == "rectangle") {
      shapes.boxes.push_back({std::min(points[0].x, points[1].x), std::min(points[0].y, points[1].y),
                              std::max(points[0].x, points[1].x), std::max(points[0].y, points[1].y)});
      continue;
    }
    if (kind != "polygon" && kind != "circle")
      throw DataError({place, "the shape '" + kind + "'", "polygon, rectangle or circle", ""});
    const Mask part = fill_polygon(kind == "circle" ? circle(points[0], points[1]) : points, size.height, size.width);
    shapes.mask = shapes.mask.empty() ? part : unite(shapes.mask, part);
  }
  return shapes;
}

}  // namespace

// One JSON beside each image; its shapes' label is the class. A file without shapes is an unlabelled image.
Imported import_labelme(const ImportOptions& options) {
  LabelWriter writer(options.out);
  Imported imported;
  imported.manifest.folder = options.out;
  std::vector<fs::path> lists;
  for (const auto& entry : fs::recursive_directory_iterator(options.source))
    if (entry.is_regular_file() && entry.path().extension() == ".json") lists.push_back(entry.path());
  std::sort(lists.begin(), lists.end());
  for (const fs::path& list : lists) {
    try {
      const Json json = parse_json(read_text_file(list), list.string());
      if (!json.is_object() || !json.contains("shapes") || !json.contains("imagePath"))
        continue;  // another tool's JSON
      // LabelMe writes paths as the tool's machine had them: the name beside the list counts.
      std::string name = json.at("imagePath").get<std::string>();
      std::replace(name.begin(), name.end(), '\\', '/');
      const fs::path file = list.parent_path() / fs::path(name).filename();
      const auto size = probe_size(file, imported.report);
      if (!size) continue;
      const Shapes shapes = read_shapes(json, *size, list.string());
      Sample sample = writer.add_image(file, shapes.class_name, options.source.filename().string());
      writer.set_location(
          sample, shapes.mask,
          usable_boxes(shapes.boxes, *size, options.min_box_area, list.filename().string(), imported.report));
      imported.manifest.samples.push_back(std::move(sample));
    } catch (const DataError& error) {
      imported.report.problems.emplace_back(error.what());
    } catch (const Json::exception& error) {
      imported.report.problems.push_back(Problem{list.string(), error.what(), "LabelMe's shapes", ""}.line());
    }
  }
  return imported;
}

}  // namespace lanet
