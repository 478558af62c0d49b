#include <algorithm>
#include <cmath>

#include <yaml-cpp/yaml.h>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"

namespace lanet {
namespace {

std::optional<std::int64_t> class_number(const std::string& text) {
  const double number = number_of_text(text);
  constexpr double kMost = 1e9;
  if (!(number >= 0 && number <= kMost) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// A list, or a map by number (or, as some write it, from names to numbers).
void read_names(YoloNames& classes, const YAML::Node& names, const std::string& place) {
  const auto scalar = [&](const YAML::Node& node) {
    if (!node.IsScalar()) throw DataError({place, "a class name that is no text", "names: [benign, malignant]", ""});
    return trim(node.Scalar());
  };
  if (names.IsSequence()) {
    classes.numbered_by_place = true;
    for (std::size_t index = 0; index < names.size(); ++index)
      classes.names[static_cast<std::int64_t>(index)] = scalar(names[index]);
  } else if (names.IsMap()) {
    for (const auto& entry : names) {
      const std::string key = scalar(entry.first), value = scalar(entry.second);
      const auto by_key = class_number(key), by_value = class_number(value);
      if (!by_key && !by_value)
        throw DataError({place, "the class '" + key + ": " + value + "'", "a number and a name", ""});
      const bool fresh =
          by_key ? classes.names.emplace(*by_key, value).second : classes.names.emplace(*by_value, key).second;
      if (!fresh) throw DataError({place, "the class number " + (by_key ? key : value) + " twice", "it once", ""});
    }
  }
  if (classes.names.empty()) throw DataError({place, "no list `names`", "names: [benign, malignant]", ""});
}

void read_subset(YoloDescription& description, const YAML::Node& root, const char* key, const char* subset) {
  const YAML::Node node = root[key];
  if (!node) return;
  if (node.IsScalar() && !node.Scalar().empty()) description.subsets.emplace_back(subset, node.Scalar());
  if (node.IsSequence())
    for (const auto& entry : node)
      if (entry.IsScalar()) description.subsets.emplace_back(subset, entry.Scalar());
}

/// One line's shape. Throws DataError for what is neither box nor outline.
LabelShape read_line(const std::vector<std::string>& words, const YoloNames& classes, const std::string& place) {
  LabelShape shape;
  shape.place = place;
  shape.in_shares = true;
  const auto number = class_number(words[0]);
  const auto name = number ? classes.names.find(*number) : classes.names.end();
  if (name == classes.names.end())
    throw DataError({place, "class " + words[0].substr(0, 20), "a number of the list of names", "left out"});
  shape.label = name->second;
  std::vector<double> numbers;
  for (std::size_t index = 1; index < words.size(); ++index) {
    numbers.push_back(number_of_text(words[index]));
    if (!std::isfinite(numbers.back()))
      throw DataError({place, "'" + words[index].substr(0, 20) + "'", "a number", "this annotation is left out"});
  }
  constexpr double kLeast = -0.5, kMost = 1.5;
  if (std::any_of(numbers.begin(), numbers.end(), [](double value) { return value < kLeast || value > kMost; }))
    throw DataError({place, "a coordinate outside 0..1", "shares of width and height", "this annotation is left out"});
  if (numbers.size() == 4) {
    const double half_width = numbers[2] / 2, half_height = numbers[3] / 2;
    shape.box = {numbers[0] - half_width, numbers[1] - half_height, numbers[0] + half_width, numbers[1] + half_height};
    return shape;
  }
  shape.kind = LabelShape::Kind::kOutline;
  shape.polygons.emplace_back();
  for (std::size_t index = 0; index + 1 < numbers.size(); index += 2)
    shape.polygons[0].push_back({numbers[index], numbers[index + 1]});
  return shape;
}

}  // namespace

YoloDescription parse_yolo_yaml(std::string_view bytes, const std::string& place) {
  try {
    const YAML::Node root = YAML::Load(decode_text(bytes).text);
    if (!root.IsMap()) throw DataError({place, "no YAML with keys", "names: [benign, malignant]", ""});
    YoloDescription description;
    const YAML::Node names = root["names"];
    if (!names) throw DataError({place, "no list `names`", "names: [benign, malignant]", ""});
    read_names(description.classes, names, place);
    if (root["path"] && root["path"].IsScalar()) description.path = root["path"].Scalar();
    const YAML::Node keypoints = root["kpt_shape"];
    if (keypoints && keypoints.IsSequence() && keypoints.size() == 2) {
      const auto count = class_number(keypoints[0].Scalar()), numbers = class_number(keypoints[1].Scalar());
      constexpr std::int64_t kMost = 1000;
      if (count && numbers && *count <= kMost && *numbers <= kMost)
        description.classes.keypoint_numbers = *count * *numbers;
    }
    for (const auto& [key, subset] : {std::pair{"train", "train"}, std::pair{"val", "val"}, std::pair{"valid", "val"},
                                      std::pair{"validation", "val"}, std::pair{"test", "test"}})
      read_subset(description, root, key, subset);
    return description;
  } catch (const YAML::Exception& error) {
    const std::string line = error.mark.is_null() ? "" : ":" + std::to_string(error.mark.line + 1);
    throw DataError({place + line, "text that is no YAML", "names: [benign, malignant]", "correct the line"});
  }
}

YoloNames parse_yolo_names(std::string_view bytes) {
  YoloNames classes;
  classes.numbered_by_place = true;
  std::int64_t number = 0;
  for (const std::string& line : split_text(decode_text(bytes).text, '\n')) {
    if (!trim(line).empty()) classes.names[number] = trim(line);
    ++number;  // an empty line has a number too
  }
  return classes;
}

std::set<std::int64_t> yolo_class_numbers(std::string_view bytes) {
  std::set<std::int64_t> numbers;
  for (std::string line : split_text(decode_text(bytes).text, '\n')) {
    std::replace(line.begin(), line.end(), '\t', ' ');
    const std::string words = trim(line);
    if (const auto number = class_number(words.substr(0, words.find(' ')))) numbers.insert(*number);
  }
  return numbers;
}

void check_yolo_numbers(const YoloNames& classes, const std::set<std::int64_t>& used, const std::string& place) {
  const auto count = static_cast<std::int64_t>(classes.names.size());
  if (!classes.numbered_by_place || !used.contains(count) || used.contains(0) || classes.names.contains(count)) return;
  std::vector<std::string> numbers, names, mapping;
  for (const std::int64_t number : used) numbers.push_back(std::to_string(number));
  for (const auto& [number, name] : classes.names) {
    names.push_back(name);
    mapping.push_back(std::to_string(number + 1) + ": " + name);
  }
  throw DataError({place,
                   "label files with the class numbers " + join_text(numbers, ", ") + " and never 0, and " +
                       count_of(names.size(), "name", "names") + " (" + join_text(names, ", ") +
                       "), which a list numbers from 0",
                   "numbers that mean one class each",
                   "write the label files with numbers from 0, or the names with their numbers into data.yaml, as "
                   "names: {" +
                       join_text(mapping, ", ") + "}"});
}

LabelFile parse_yolo_labels(std::string_view bytes, const YoloNames& classes, const std::string& place) {
  LabelFile labels;
  labels.pictures.emplace_back();
  LabelledPicture& picture = labels.pictures.front();
  picture.place = place;
  picture.known_empty = trim(decode_text(bytes).text).empty();
  std::int64_t line_number = 0;
  for (std::string line : split_text(decode_text(bytes).text, '\n')) {
    ++line_number;
    std::replace(line.begin(), line.end(), '\t', ' ');
    std::vector<std::string> words;
    for (const std::string& word : split_text(trim(line), ' '))
      if (!trim(word).empty()) words.push_back(trim(word));
    if (words.empty()) continue;
    const std::string here = place + ":" + std::to_string(line_number);
    const auto count = static_cast<std::int64_t>(words.size());
    const bool pose = classes.keypoint_numbers > 0 && count == 5 + classes.keypoint_numbers;
    const bool box = count == 5, outline = count >= 7 && count % 2 == 1;
    if (pose || (!box && !outline)) {
      const bool rotated = count == 6;
      labels.refuse(here,
                    count_of(static_cast<std::size_t>(count), "number", "numbers") +
                        (pose || (count > 7 && count % 3 == 2) ? " (a pose with key points)"
                         : rotated                             ? " (a rotated box, or a prediction's confidence)"
                                                               : ""),
                    "class cx cy w h, or class and three or more corners", "this annotation is left out");
      picture.location_lost = picture.location_lost || pose || count > 5;
      continue;
    }
    try {
      picture.shapes.push_back(read_line(words, classes, here));
    } catch (const DataError& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  return labels;
}

}  // namespace lanet
