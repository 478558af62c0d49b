#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "core/error.hpp"
#include "dataset/ellipse.hpp"
#include "dataset/label_files.hpp"
#include "dataset/label_json.hpp"

namespace lanet {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPercent = 100;

/// Bits of a byte list, the highest first. Throws DataError past the end.
class BitReader {
 public:
  BitReader(const Json& bytes, const std::string& place) : bytes_(bytes), place_(place) {}
  std::uint32_t read(int count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++position_) {
      if (position_ / 8 >= bytes_.size() || !bytes_[position_ / 8].is_number_unsigned())
        throw DataError({place_, "brush strokes that end in the middle", "Label Studio's rle", "left out"});
      value = value << 1 | (bytes_[position_ / 8].get<std::uint32_t>() >> (7 - position_ % 8) & 1);
    }
    return value;
  }

 private:
  const Json& bytes_;
  std::string place_;
  std::size_t position_ = 0;
};

/// The brush of Label Studio (thi.ng's rle-pack): the alpha of an RGBA picture, row by row.
Mask decode_brush(const Json& bytes, std::int64_t height, std::int64_t width, const std::string& place) {
  BitReader bits(bytes, place);
  const std::uint64_t total = bits.read(32);
  const int word_bits = static_cast<int>(bits.read(5)) + 1;
  std::array<int, 4> run_bits{};
  for (int& size : run_bits) size = static_cast<int>(bits.read(4)) + 1;
  if (total != static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) * 4)
    throw DataError(
        {place, "brush strokes of another size than their picture", "height and width of the picture", "left out"});
  Mask mask = make_mask(height, width);
  const auto set = [&](std::uint64_t index, std::uint32_t value) {
    if (index % 4 == 3 && value != 0) mask.pixels[index / 4] = 1;
  };
  for (std::uint64_t index = 0; index < total;) {
    const bool repeated = bits.read(1) != 0;
    const int size = run_bits[bits.read(2)];
    const std::uint64_t end = std::min(total, index + 1 + bits.read(size));
    if (repeated) {
      const std::uint32_t value = bits.read(word_bits);
      for (; index < end; ++index) set(index, value);
    } else {
      for (; index < end; ++index) set(index, bits.read(word_bits));
    }
  }
  return mask;
}

/// The list whose name ends in "labels" ("rectanglelabels", "labels"), or choices; "" where there is none.
std::string label_in(const Json& value) {
  if (!value.is_object()) return "";
  for (const auto& [name, list] : value.items())
    if ((name.ends_with("labels") || name == "choices") && list.is_array() && !list.empty())
      return text_or_empty(list.front());
  return "";
}

std::optional<PictureSize> size_in(const Json& result) {
  const double height = number_at(result, "original_height"), width = number_at(result, "original_width");
  const InputLimits& limits = input_limits();
  const auto most = static_cast<double>(limits.image_side);
  if (!(height >= 1 && width >= 1 && height <= most && width <= most)) return std::nullopt;
  if (height * width > static_cast<double>(limits.image_pixels)) return std::nullopt;
  return PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
}

/// Percentages of the original size. An angle turns in pixels, not in shares: `size` is the picture's.
LabelShape read_value(const Json& value, const std::optional<PictureSize>& size, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  shape.label = label_in(value);
  const double width = size ? static_cast<double>(size->width) : 1,
               height = size ? static_cast<double>(size->height) : 1;
  shape.in_shares = !size;
  const auto x_of = [&](double percent) { return percent / kPercent * width; };
  const auto y_of = [&](double percent) { return percent / kPercent * height; };
  const double x = x_of(number_at(value, "x")), y = y_of(number_at(value, "y"));
  const double rotation = value.contains("rotation") ? number_at(value, "rotation") : 0;
  if (value.contains("points")) {
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons.emplace_back();
    for (const Json& point : part_at(value, "points"))
      shape.polygons[0].push_back(point.is_array() && point.size() == 2
                                      ? PolygonPoint{x_of(number_or_nan(point[0])), y_of(number_or_nan(point[1]))}
                                      : PolygonPoint{std::nan(""), std::nan("")});
  } else if (value.contains("radiusX")) {
    shape.kind = LabelShape::Kind::kOutline;
    shape.polygons = {
        ellipse_outline({x, y}, x_of(number_at(value, "radiusX")), y_of(number_at(value, "radiusY")), rotation)};
  } else if (value.contains("rle")) {
    if (!size) throw DataError({place, "brush strokes without original_width and original_height", "both", "left out"});
    shape.kind = LabelShape::Kind::kPatch;
    shape.patch = decode_brush(part_at(value, "rle"), size->height, size->width, place);
  } else if (value.contains("width")) {
    const double right = x + x_of(number_at(value, "width")), bottom = y + y_of(number_at(value, "height"));
    shape.box = {x, y, right, bottom};
    if (rotation != 0) {  // about the upper left corner
      shape.kind = LabelShape::Kind::kOutline;
      shape.polygons = {{{x, y},
                         turned({right, y}, {x, y}, rotation),
                         turned({right, bottom}, {x, y}, rotation),
                         turned({x, bottom}, {x, y}, rotation)}};
    }
  } else {
    throw DataError({place, "a result that is no rectangle, ellipse, polygon or brush", "one of these", "left out"});
  }
  return shape;
}

bool is_choice(const Json& result) {
  return text_at(result, "type") == "choices" || part_at(result, "value").contains("choices");
}

void read_results(LabelledPicture& picture, const Json& results, LabelFile& labels) {
  std::size_t number = 0;
  for (const Json& result : results) {
    const std::string here = picture.place + ": result " + std::to_string(++number);
    const Json& value = part_at(result, "value");
    if (is_choice(result)) {
      for (const Json& choice : part_at(value, "choices"))
        if (!text_or_empty(choice).empty()) picture.tags.push_back(text_or_empty(choice));
      continue;
    }
    const auto size = size_in(result);
    if (size) picture.size = size;
    const double turned_by = number_at(result, "image_rotation");
    try {
      if (turned_by > 0)
        throw DataError({here, "a picture turned in Label Studio", "a picture as it is stored", "left out"});
      if (!value.is_object()) throw DataError({here, "a result without value", "Label Studio's results", "left out"});
      // A text area or a rating says nothing of where.
      const bool has_place = value.contains("x") || value.contains("points") || value.contains("rle");
      if (!has_place) continue;
      picture.shapes.push_back(read_value(value, size, here));
    } catch (const DataError& error) {
      labels.report.problems.emplace_back(error.what());
      const bool may_be_lesion = !is_no_lesion_label(label_in(value));
      picture.location_lost = picture.location_lost || (may_be_lesion && (turned_by > 0 || value.contains("rle")));
    }
  }
}

/// "/data/upload/3/1a2b3c4d-name.png", "/data/local-files/?d=folder/name.png", "s3://bucket/name.png", an address.
std::string picture_name(std::string path) {
  if (const std::size_t local = path.find("?d="); local != std::string::npos) return path.substr(local + 3);
  if (const std::size_t scheme = path.find("://"); scheme != std::string::npos) path.erase(0, scheme + 3);
  if (const std::size_t query = path.find('?'); query != std::string::npos) path.erase(query);
  constexpr std::size_t kDigits = 8;
  const std::size_t slash = path.rfind('/'), name = slash == std::string::npos ? 0 : slash + 1;
  const bool uploaded = path.find("upload") != std::string::npos && path.size() > name + kDigits &&
                        path[name + kDigits] == '-' &&
                        std::all_of(path.begin() + static_cast<std::ptrdiff_t>(name),
                                    path.begin() + static_cast<std::ptrdiff_t>(name + kDigits),
                                    [](unsigned char letter) { return std::isxdigit(letter) != 0; });
  return uploaded ? path.substr(name + kDigits + 1) : path;
}

std::string picture_path(const Json& data) {
  for (const char* name : {"image", "img", "picture", "ultrasound", "us", "file", "url"})
    if (!text_at(data, name).empty()) return text_at(data, name);
  for (const auto& [name, value] : data.items())
    if (value.is_string() && value.get<std::string>().find('.') != std::string::npos) return value.get<std::string>();
  return "";
}

/// The annotation that counts: the ground truth, else the first that was not cancelled.
const Json* annotation_of(const Json& task, const std::string& place, LabelFile& labels) {
  const Json& list = part_at(task, task.contains("annotations") ? "annotations" : "completions");
  const auto flag = [](const Json& annotation, const char* name) {
    return annotation.is_object() && annotation.contains(name) && annotation.at(name) == Json(true);
  };
  const Json* chosen = nullptr;
  std::size_t usable = 0;
  for (const Json& annotation : list) {
    if (flag(annotation, "was_cancelled")) continue;
    ++usable;
    if (chosen == nullptr || (flag(annotation, "ground_truth") && !flag(*chosen, "ground_truth"))) chosen = &annotation;
  }
  if (usable > 1)
    labels.report.notes.push_back(place + ": " + count_of(usable, "annotation", "annotations") + "; " +
                                  (flag(*chosen, "ground_truth") ? "the ground truth" : "the first") + " is used");
  return chosen;
}

/// JSON-MIN: lists of values under the names of the labelling setup.
void read_flat(LabelledPicture& picture, const Json& task, LabelFile& labels) {
  for (const auto& [name, value] : task.items()) {
    if (value.is_array()) {
      std::size_t number = 0;
      for (const Json& entry : value) {
        ++number;
        if (!entry.is_object()) continue;
        Json result = {{"value", entry}};
        for (const char* side : {"original_width", "original_height"})
          if (entry.contains(side)) result[side] = entry.at(side);
        read_results(picture, Json::array({result}), labels);
      }
    } else if (value.is_string() && (name == "choice" || name == "class" || name == "diagnosis")) {
      picture.tags.push_back(value.get<std::string>());
    }
  }
}

}  // namespace

LabelFile parse_label_studio(std::string_view bytes, const std::string& place) {
  const Json json = parse_label_json(bytes, place);
  if (!json.is_array()) throw DataError({place, "a JSON that is no list of tasks", "Label Studio's JSON", ""});
  LabelFile labels;
  std::size_t number = 0;
  for (const Json& task : json) {
    const std::string here = place + ": task " + std::to_string(++number);
    if (!task.is_object()) {
      labels.refuse(here, "a task that is no object", "Label Studio's task");
      continue;
    }
    const bool full = task.contains("data");
    LabelledPicture picture;
    picture.name = picture_name(picture_path(full ? part_at(task, "data") : task));
    picture.place = here;
    if (full) {
      if (const Json* annotation = annotation_of(task, here, labels))
        read_results(picture, part_at(*annotation, "result"), labels);
    } else {
      read_flat(picture, task, labels);
    }
    labels.pictures.push_back(std::move(picture));
  }
  return labels;
}

}  // namespace lanet
