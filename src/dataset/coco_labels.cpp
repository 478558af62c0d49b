#include "dataset/coco_labels.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/json.hpp"
#include "finding/finding_json.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

void unite_into(Mask& mask, const Mask& part) { mask = mask.empty() ? part : unite(mask, part); }

void add_segmentation(CocoImage& image, const Json& segmentation, const std::string& place) {
  if (segmentation.is_array()) {
    for (const Json& polygon : segmentation) {
      const auto numbers = polygon.get<std::vector<double>>();
      if (numbers.size() < 6 || numbers.size() % 2 != 0)
        throw DataError({place, "a polygon of " + std::to_string(numbers.size()) + " numbers",
                         "x, y of three or more corners", ""});
      std::vector<PolygonPoint> corners;
      for (std::size_t index = 0; index < numbers.size(); index += 2)
        corners.push_back({numbers[index], numbers[index + 1]});
      unite_into(image.mask, fill_polygon(corners, image.height, image.width));
    }
    return;
  }
  const auto size = segmentation.at("size").get<std::vector<std::int64_t>>();
  if (size != std::vector<std::int64_t>{image.height, image.width})
    throw DataError({place, "run lengths of another size than their image", "height and width of the image", ""});
  const Json& counts = segmentation.at("counts");
  const auto runs = counts.is_string() ? decode_compressed_runs(counts.get<std::string>(), place)
                                       : counts.get<std::vector<std::int64_t>>();
  unite_into(image.mask, decode_runs(runs, image.height, image.width, place));
}

void add_annotation(CocoImage& image, const Json& annotation, const std::string& category, const std::string& place) {
  if (std::find(image.categories.begin(), image.categories.end(), category) == image.categories.end())
    image.categories.push_back(category);
  if (annotation.contains("bbox") && !annotation.at("bbox").empty()) {
    const auto box = annotation.at("bbox").get<std::vector<double>>();
    if (box.size() != 4)
      throw DataError({place, "a bbox of " + std::to_string(box.size()) + " numbers", "x, y, width, height", ""});
    image.boxes.push_back({box[0], box[1], box[0] + box[2], box[1] + box[3]});
  }
  if (annotation.contains("segmentation") && !annotation.at("segmentation").empty())
    add_segmentation(image, annotation.at("segmentation"), place);
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

std::vector<CocoImage> parse_coco(std::string_view text, const std::string& place) {
  const Json json = parse_json(text, place);
  std::vector<CocoImage> images;
  try {
    std::map<std::int64_t, std::string> categories;
    for (const Json& category : json.at("categories"))
      categories[category.at("id").get<std::int64_t>()] = category.at("name").get<std::string>();
    std::map<std::int64_t, std::size_t> known;
    const InputLimits& limits = input_limits();
    for (const Json& entry : json.at("images")) {
      CocoImage image;
      image.file_name = entry.at("file_name").get<std::string>();
      image.height = entry.at("height").get<std::int64_t>();
      image.width = entry.at("width").get<std::int64_t>();
      if (image.height < 1 || image.width < 1 || image.height > limits.image_side || image.width > limits.image_side ||
          image.height * image.width > limits.image_pixels)
        throw DataError(
            {place,
             image.file_name + " of " + std::to_string(image.width) + " x " + std::to_string(image.height) + " px",
             "a size within the limits", "raise them by --limit image_pixels=N"});
      if (!known.emplace(entry.at("id").get<std::int64_t>(), images.size()).second)
        throw DataError({place, "the image id " + entry.at("id").dump() + " twice", "different ids", ""});
      images.push_back(std::move(image));
    }
    std::size_t number = 0;
    for (const Json& annotation : json.at("annotations")) {
      const std::string here = place + ": annotation " + std::to_string(++number);
      const auto image = known.find(annotation.at("image_id").get<std::int64_t>());
      const auto category = categories.find(annotation.at("category_id").get<std::int64_t>());
      if (image == known.end() || category == categories.end())
        throw DataError({here, "an image or category that is not in the list", "one that is", ""});
      add_annotation(images[image->second], annotation, category->second, here);
    }
  } catch (const Json::exception& error) {
    throw DataError({place, error.what(), "COCO's images, annotations and categories", ""});
  }
  for (CocoImage& image : images) std::sort(image.categories.begin(), image.categories.end());
  return images;
}

}  // namespace lanet
