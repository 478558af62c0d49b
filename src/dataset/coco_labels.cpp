#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

/// Corners of one polygon; empty where a value is no number or one is left over.
std::vector<PolygonPoint> corners_of(const Json& numbers) {
  std::vector<PolygonPoint> corners;
  if (!numbers.is_array() || numbers.size() % 2 != 0) return corners;
  for (std::size_t index = 0; index < numbers.size(); index += 2)
    corners.push_back({number_or_nan(numbers[index]), number_or_nan(numbers[index + 1])});
  return corners;
}

void read_polygons(LabelShape& shape, const Json& segmentation) {
  shape.kind = LabelShape::Kind::kOutline;
  if (segmentation.front().is_number()) {  // some tools leave out the list of lists
    shape.polygons.push_back(corners_of(segmentation));
    return;
  }
  for (const Json& polygon : segmentation) shape.polygons.push_back(corners_of(polygon));
}

/// Throws DataError for run lengths of another picture's size or that are damaged.
void read_runs(LabelShape& shape, const Json& segmentation) {
  shape.kind = LabelShape::Kind::kRuns;
  const Json& counts = segmentation.contains("counts") ? segmentation.at("counts") : Json();
  if (counts.is_string()) {
    shape.runs = decode_compressed_runs(counts.get<std::string>(), shape.place);
    return;
  }
  for (const Json& count : counts.is_array() ? counts : Json::array()) {
    if (!count.is_number_integer())
      throw DataError({shape.place, "a run length that is no whole number", "COCO's run lengths", "left out"});
    shape.runs.push_back(count.get<std::int64_t>());
  }
  if (shape.runs.empty()) throw DataError({shape.place, "a mask without run lengths", "COCO's `counts`", "left out"});
}

/// Throws DataError where there is nothing to draw.
LabelShape read_annotation(const Json& annotation, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  const Json& box = part_at(annotation, "bbox");
  if (box.is_array() && box.size() == 4) {
    const double left = number_or_nan(box[0]), top = number_or_nan(box[1]);
    shape.box = {left, top, left + number_or_nan(box[2]), top + number_or_nan(box[3])};
  }
  const Json& segmentation = part_at(annotation, "segmentation");
  if (segmentation.is_object())
    read_runs(shape, segmentation);
  else if (!segmentation.empty())
    read_polygons(shape, segmentation);
  else if (box.size() != 4)
    throw DataError({place, "an annotation without outline and box", "a segmentation or a bbox", "left out"});
  return shape;
}

/// Throws DataError for an id with two names.
std::map<std::string, std::string> read_categories(const Json& json, const std::string& place) {
  std::map<std::string, std::string> categories;
  for (const Json& category : part_at(json, "categories")) {
    const std::string id = text_at(category, "id"), name = text_at(category, "name");
    if (id.empty()) continue;
    const auto [known, fresh] = categories.emplace(id, name);
    if (!fresh && known->second != name)
      throw DataError({place, "the category id " + id + " for " + known->second + " and for " + name,
                       "an id for each category", "correct `categories`; the file is left out"});
  }
  return categories;
}

std::optional<PictureSize> read_size(const Json& image) {
  const double height = number_at(image, "height"), width = number_at(image, "width");
  const double most = static_cast<double>(input_limits().image_side);
  if (!(height >= 1 && width >= 1 && height <= most && width <= most)) return std::nullopt;  // the picture decides
  return PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
}

/// Position of each image's id in labels.pictures. Ids that two files share are left out: whose the annotations are
/// cannot be told.
std::map<std::string, std::size_t> read_images(const Json& json, const std::string& place, LabelFile& labels) {
  std::map<std::string, std::size_t> known;
  std::set<std::string> shared;
  for (const Json& image : part_at(json, "images")) {
    const std::string id = text_at(image, "id"), name = text_at(image, "file_name");
    if (id.empty() || name.empty()) {
      labels.refuse(place, "an image without id or file_name", "both");
      continue;
    }
    const auto [entry, fresh] = known.emplace(id, labels.pictures.size());
    if (!fresh) {
      const LabelledPicture& first = labels.pictures[entry->second];
      if (first.name == name) continue;
      labels.refuse(place, "the image id " + id + " for " + first.name + " and for " + name, "an id for each image",
                    "both are left out");
      shared.insert(id);
      continue;
    }
    LabelledPicture picture;
    picture.name = name;
    picture.place = place;
    picture.size = read_size(image);
    labels.pictures.push_back(std::move(picture));
  }
  for (const std::string& id : shared) labels.pictures[known.at(id)].name.clear();
  return known;
}

}  // namespace

std::vector<std::int64_t> decode_compressed_runs(std::string_view text, const std::string& place) {
  constexpr int kFirst = 48, kMore = 0x20, kSign = 0x10, kBits = 5, kMostBits = 40;
  std::vector<std::int64_t> runs;
  for (std::size_t index = 0; index < text.size();) {
    std::int64_t value = 0;
    int shift = 0;
    for (bool more = true; more; shift += kBits) {
      if (index == text.size() || shift > kMostBits)
        throw DataError({place, "compressed run lengths that end in the middle or are too long", "COCO's form", ""});
      const int letter = static_cast<unsigned char>(text[index++]) - kFirst;
      if (letter < 0 || letter > 0x3f)
        throw DataError({place, "compressed run lengths with a character outside COCO's alphabet", "COCO's form", ""});
      value |= static_cast<std::int64_t>(letter & 0x1f) << shift;
      more = (letter & kMore) != 0;
      if (!more && (letter & kSign) != 0) value -= std::int64_t{1} << (shift + kBits);
    }
    if (runs.size() > 2) value += runs[runs.size() - 2];
    runs.push_back(value);
  }
  return runs;
}

LabelFile parse_coco(std::string_view bytes, const std::string& place) {
  const Json json = parse_label_json(bytes, place);
  if (!json.is_object() || !json.contains("images") || !json.contains("annotations"))
    throw DataError({place, "a JSON without images and annotations", "COCO's images, annotations, categories", ""});
  LabelFile labels;
  const auto categories = read_categories(json, place);
  const auto images = read_images(json, place, labels);
  std::size_t number = 0;
  for (const Json& annotation : part_at(json, "annotations")) {
    const std::string here = place + ": annotation " + std::to_string(++number);
    const auto image = images.find(text_at(annotation, "image_id"));
    if (image == images.end()) {
      labels.refuse(here, "the image id '" + text_at(annotation, "image_id") + "'", "an id of `images`");
      continue;
    }
    LabelledPicture& picture = labels.pictures[image->second];
    const std::string id = text_at(annotation, "category_id");
    const auto category = categories.find(id);
    if (category == categories.end() && !(id.empty() && categories.empty())) {
      labels.refuse(here, "the category id '" + id + "'", "an id of `categories`");
      continue;
    }
    try {
      LabelShape shape = read_annotation(annotation, here);
      if (category != categories.end()) shape.label = category->second;
      const Json& size = part_at(part_at(annotation, "segmentation"), "size");
      const bool fits = shape.kind != LabelShape::Kind::kRuns || !picture.size || size.empty() ||
                        size == Json::array({picture.size->height, picture.size->width});
      if (!fits)
        throw DataError({here, "run lengths of another size than their image", "height and width of the image", ""});
      picture.shapes.push_back(std::move(shape));
    } catch (const DataError& error) {
      labels.report.problems.emplace_back(error.what());
      const bool lesion = category == categories.end() || !is_no_lesion_label(category->second);
      picture.location_lost = picture.location_lost || (lesion && part_at(annotation, "segmentation").is_object());
    }
  }
  std::erase_if(labels.pictures, [](const LabelledPicture& picture) { return picture.name.empty(); });
  return labels;
}

}  // namespace lanet
