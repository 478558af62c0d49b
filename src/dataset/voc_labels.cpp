#include "core/error.hpp"
#include "core/limits.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_xml.hpp"

namespace lanet {

LabelFile parse_voc(std::string_view bytes, const std::string& place) {
  const auto document = parse_label_xml(bytes, place);
  const pugi::xml_node root = document->child("annotation");
  if (!root) throw DataError({place, "an XML without <annotation>", "Pascal VOC", ""});
  LabelFile labels;
  LabelledPicture picture;
  picture.name = root.child("filename").text().get();
  if (picture.name.empty()) picture.name = root.child("path").text().get();
  picture.place = place;
  const double width = number_of(root.child("size").child("width"));
  const double height = number_of(root.child("size").child("height"));
  const auto most = static_cast<double>(input_limits().image_side);
  if (width >= 1 && height >= 1 && width <= most && height <= most)  // some tools write 0
    picture.size = PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  std::size_t number = 0;
  for (const pugi::xml_node object : root.children("object")) {
    LabelShape shape;
    shape.place = place + ": object " + std::to_string(++number);
    shape.label = object.child("name").text().get();
    const pugi::xml_node box = object.child("bndbox");
    shape.box = {number_of(box.child("xmin")), number_of(box.child("ymin")), number_of(box.child("xmax")),
                 number_of(box.child("ymax"))};
    if (const pugi::xml_node polygon = object.child("polygon")) {  // Roboflow and others: x1 y1 x2 y2 ...
      shape.kind = LabelShape::Kind::kOutline;
      shape.polygons.emplace_back();
      for (int corner = 1; polygon.child(("x" + std::to_string(corner)).c_str()); ++corner)
        shape.polygons[0].push_back({number_of(polygon.child(("x" + std::to_string(corner)).c_str())),
                                     number_of(polygon.child(("y" + std::to_string(corner)).c_str()))});
    }
    picture.shapes.push_back(std::move(shape));
  }
  labels.pictures.push_back(std::move(picture));
  return labels;
}

}  // namespace lanet
