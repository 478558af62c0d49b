#include <cmath>

#include "core/error.hpp"
#include "core/limits.hpp"
#include "core/text.hpp"
#include "dataset/ellipse.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_xml.hpp"

namespace lanet {
namespace {

/// "x,y;x,y;..."
std::vector<PolygonPoint> points_of(const std::string& text) {
  std::vector<PolygonPoint> points;
  for (const std::string& pair : split_text(text, ';')) {
    const auto parts = split_text(pair, ',');
    points.push_back(parts.size() == 2 ? PolygonPoint{number_of_text(parts[0]), number_of_text(parts[1])}
                                       : PolygonPoint{std::nan(""), std::nan("")});
  }
  return points;
}

void read_box(LabelShape& shape, const pugi::xml_node& node) {
  shape.box = {number_of(node.attribute("xtl")), number_of(node.attribute("ytl")), number_of(node.attribute("xbr")),
               number_of(node.attribute("ybr"))};
  const double rotation = node.attribute("rotation") ? number_of(node.attribute("rotation")) : 0;
  if (rotation == 0) return;
  const PolygonPoint centre{(shape.box.x1 + shape.box.x2) / 2, (shape.box.y1 + shape.box.y2) / 2};
  shape.kind = LabelShape::Kind::kOutline;
  shape.polygons = {
      {turned({shape.box.x1, shape.box.y1}, centre, rotation), turned({shape.box.x2, shape.box.y1}, centre, rotation),
       turned({shape.box.x2, shape.box.y2}, centre, rotation), turned({shape.box.x1, shape.box.y2}, centre, rotation)}};
}

/// Runs of outside and inside in turn, row by row, of the rectangle at (left, top).
void read_mask_runs(LabelShape& shape, const pugi::xml_node& node) {
  const double left = number_of(node.attribute("left")), top = number_of(node.attribute("top"));
  const double width = number_of(node.attribute("width")), height = number_of(node.attribute("height"));
  const auto& limits = input_limits();
  const auto most = static_cast<double>(limits.image_side);
  const bool sized = width >= 1 && height >= 1 && width <= most && height <= most &&
                     width * height <= static_cast<double>(limits.image_pixels);
  if (!sized || !std::isfinite(left) || !std::isfinite(top))
    throw DataError({shape.place, "a mask without a place and size", "left, top, width and height", "left out"});
  Mask patch = make_mask(static_cast<std::int64_t>(height), static_cast<std::int64_t>(width));
  std::size_t pixel = 0;
  bool inside = false;
  for (const std::string& part : split_text(node.attribute("rle").value(), ',')) {
    const double run = number_of_text(part);
    if (!(run >= 0 && run <= static_cast<double>(patch.pixels.size() - pixel)) || run != std::floor(run))
      throw DataError({shape.place, "run lengths that do not fill the mask", "CVAT's rle", "left out"});
    for (std::size_t end = pixel + static_cast<std::size_t>(run); pixel < end; ++pixel)
      patch.pixels[pixel] = inside ? 1 : 0;
    inside = !inside;
  }
  if (pixel != patch.pixels.size())
    throw DataError({shape.place, "run lengths that do not fill the mask", "CVAT's rle", "left out"});
  shape.kind = LabelShape::Kind::kPatch;
  shape.box = {left, top, left + width, top + height};
  shape.patch = std::move(patch);
}

/// Throws DataError for what has no area.
LabelShape read_shape(const pugi::xml_node& node, const std::string& label, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  shape.label = label;
  const std::string kind = node.name();
  if (kind == "box") {
    read_box(shape, node);
  } else if (kind == "mask") {
    read_mask_runs(shape, node);
  } else if (kind == "polygon") {
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons = {points_of(node.attribute("points").value())};
  } else if (kind == "ellipse") {
    const double rotation = node.attribute("rotation") ? number_of(node.attribute("rotation")) : 0;
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons = {ellipse_outline({number_of(node.attribute("cx")), number_of(node.attribute("cy"))},
                                      number_of(node.attribute("rx")), number_of(node.attribute("ry")), rotation)};
  } else {
    throw DataError({place, "a " + kind, "box, polygon, ellipse or mask", "left out"});
  }
  return shape;
}

/// The class: an attribute of that name (class, pathology ...) where the label itself says "lesion" alone.
std::string label_of(const pugi::xml_node& node) {
  const std::string label = node.attribute("label").value();
  if (!is_unspecific_label(label)) return label;
  for (const pugi::xml_node attribute : node.children("attribute")) {
    const std::string name = to_lower(attribute.attribute("name").value());
    for (const char* known : {"class", "pathology", "diagnosis", "type", "category"})
      if (name == known && !trim(attribute.text().get()).empty()) return trim(attribute.text().get());
  }
  return label;
}

}  // namespace

LabelFile parse_cvat(std::string_view bytes, const std::string& place) {
  const auto document = parse_label_xml(bytes, place);
  const pugi::xml_node root = document->child("annotations");
  if (!root) throw DataError({place, "an XML without <annotations>", "CVAT for images 1.1", ""});
  if (root.child("track") && !root.child("image"))
    throw DataError({place, "tracks of CVAT for video", "CVAT for images 1.1",
                     "export the task again, with pictures, as \"CVAT for images 1.1\""});
  LabelFile labels;
  for (const pugi::xml_node image : root.children("image")) {
    LabelledPicture picture;
    picture.name = image.attribute("name").value();
    picture.place = place + ": " + picture.name;
    picture.subset = subset_of_name(image.attribute("subset").value());
    const double width = number_of(image.attribute("width")), height = number_of(image.attribute("height"));
    const auto most = static_cast<double>(input_limits().image_side);
    if (width >= 1 && height >= 1 && width <= most && height <= most)
      picture.size = PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
    std::size_t number = 0;
    for (const pugi::xml_node node : image.children()) {
      const std::string here = picture.place + ": annotation " + std::to_string(++number);
      const std::string label = label_of(node);
      if (std::string(node.name()) == "tag") {
        picture.tags.push_back(label);
        continue;
      }
      try {
        picture.shapes.push_back(read_shape(node, label, here));
      } catch (const DataError& error) {
        labels.report.problems.emplace_back(error.what());
        picture.location_lost =
            picture.location_lost || (std::string(node.name()) == "mask" && !is_no_lesion_label(label));
      }
    }
    labels.pictures.push_back(std::move(picture));
  }
  return labels;
}

}  // namespace lanet
