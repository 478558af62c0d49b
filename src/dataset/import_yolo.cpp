#include <algorithm>
#include <map>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/label_writer.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string unquoted(std::string text) {
  text = trim(text);
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front())
    return text.substr(1, text.size() - 2);
  return text;
}

/// The list `names` of a data.yaml: [a, b], lines "- a", or lines "0: a".
std::vector<std::string> names_of_yaml(const std::string& text, const std::string& place) {
  std::vector<std::string> names;
  bool inside = false;
  for (const std::string& line : split_text(text, '\n')) {
    const std::string content = trim(line.substr(0, line.find('#')));
    if (content.starts_with("names:")) {
      const std::string rest = trim(content.substr(6));
      inside = rest.empty();
      if (rest.starts_with("[") && rest.ends_with("]"))
        for (const std::string& name : split_text(rest.substr(1, rest.size() - 2), ','))
          names.push_back(unquoted(name));
    } else if (inside && content.starts_with("- ")) {
      names.push_back(unquoted(content.substr(2)));
    } else if (inside && !content.empty() && std::isspace(static_cast<unsigned char>(line.front())) &&
               content.find(':') != std::string::npos) {
      names.push_back(unquoted(content.substr(content.find(':') + 1)));
    } else if (!content.empty()) {
      inside = false;
    }
  }
  if (names.empty()) throw DataError({place, "no list `names`", "names: [benign, malignant]", ""});
  return names;
}

std::vector<std::string> class_list(const fs::path& source) {
  for (const char* name : {"data.yaml", "data.yml", "dataset.yaml"})
    if (fs::exists(source / name)) return names_of_yaml(read_text_file(source / name), (source / name).string());
  const fs::path list = source / "classes.txt";
  if (!fs::exists(list))
    throw DataError(
        {source.string(), "neither data.yaml nor classes.txt", "the names of the classes in one of them", ""});
  std::vector<std::string> names;
  for (const std::string& line : split_text(read_text_file(list), '\n'))
    if (!trim(line).empty()) names.push_back(trim(line));
  return names;
}

struct Labels {
  std::string class_name;
  std::vector<Box> boxes;
  Mask mask;
};

/// Lines "class cx cy w h" (box) or "class x1 y1 x2 y2 x3 y3 ..." (polygon), in shares of width and height.
Labels read_labels(const fs::path& file, const std::vector<std::string>& classes, const PictureSize& size) {
  Labels labels;
  const double width = static_cast<double>(size.width), height = static_cast<double>(size.height);
  int line_number = 0;
  for (const std::string& line : split_text(read_text_file(file), '\n')) {
    ++line_number;
    if (trim(line).empty()) continue;
    const std::string place = file.string() + ":" + std::to_string(line_number);
    std::vector<double> numbers;
    for (const std::string& word : split_text(trim(line), ' '))
      if (!trim(word).empty()) numbers.push_back(parse_number(trim(word), place, "label"));
    const bool box = numbers.size() == 5, polygon = numbers.size() >= 7 && numbers.size() % 2 == 1;
    if (!box && !polygon)
      throw DataError(
          {place, std::to_string(numbers.size()) + " numbers", "class cx cy w h, or class and corners", ""});
    if (numbers[0] < 0 || numbers[0] >= static_cast<double>(classes.size()))
      throw DataError({place, "class " + exact(numbers[0]), "0.." + std::to_string(classes.size() - 1), ""});
    if (std::any_of(numbers.begin() + 1, numbers.end(), [](double number) { return number < -0.5 || number > 1.5; }))
      throw DataError({place, "a coordinate outside 0..1", "shares of width and height", ""});
    const std::string& name = classes[static_cast<std::size_t>(numbers[0])];
    if (!labels.class_name.empty() && labels.class_name != name)
      throw DataError(
          {place, "class " + name + " in an image of class " + labels.class_name, "one class an image", ""});
    labels.class_name = name;
    if (box) {
      const double half_width = numbers[3] * width / 2, half_height = numbers[4] * height / 2;
      labels.boxes.push_back({numbers[1] * width - half_width, numbers[2] * height - half_height,
                              numbers[1] * width + half_width, numbers[2] * height + half_height});
      continue;
    }
    std::vector<PolygonPoint> corners;
    for (std::size_t index = 1; index < numbers.size(); index += 2)
      corners.push_back({numbers[index] * width, numbers[index + 1] * height});
    const Mask part = fill_polygon(corners, size.height, size.width);
    labels.mask = labels.mask.empty() ? part : unite(labels.mask, part);
  }
  return labels;
}

struct ImageFolder {
  fs::path images;
  fs::path labels;
  std::string subset;  // "" where the data set has none
};

/// images/ and labels/, with train, val and test below them or above.
std::vector<ImageFolder> image_folders(const fs::path& source) {
  std::vector<ImageFolder> folders;
  if (fs::is_directory(source / "images")) folders.push_back({source / "images", source / "labels", ""});
  for (const auto& [name, subset] :
       {std::pair{"train", "train"}, std::pair{"val", "val"}, std::pair{"valid", "val"}, std::pair{"test", "test"}}) {
    if (fs::is_directory(source / "images" / name))
      folders.push_back({source / "images" / name, source / "labels" / name, subset});
    if (fs::is_directory(source / name / "images"))
      folders.push_back({source / name / "images", source / name / "labels", subset});
  }
  return folders;
}

}  // namespace

// An image with an empty or no label file is unlabelled: YOLO does not say whether its class is known.
Imported import_yolo(const ImportOptions& options) {
  LabelWriter writer(options.out);
  Imported imported;
  imported.manifest.folder = options.out;
  const auto classes = class_list(options.source);
  Split split;
  for (const ImageFolder& folder : image_folders(options.source))
    for (const fs::path& file : image_files(folder.images)) {
      const auto size = probe_size(file, imported.report);
      if (!size) continue;
      const fs::path label = folder.labels / (file.stem().string() + ".txt");
      try {
        const Labels labels = fs::exists(label) ? read_labels(label, classes, *size) : Labels{};
        Sample sample = writer.add_image(file, labels.class_name, options.source.filename().string());
        writer.set_location(
            sample, labels.mask,
            usable_boxes(labels.boxes, *size, options.min_box_area, file.filename().string(), imported.report));
        if (!folder.subset.empty()) split.subset_of[sample.id] = folder.subset;
        imported.manifest.samples.push_back(std::move(sample));
      } catch (const DataError& error) {
        imported.report.problems.emplace_back(error.what());
      }
    }
  if (!split.subset_of.empty()) imported.split = std::move(split);
  return imported;
}

}  // namespace lanet
