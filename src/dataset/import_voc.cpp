#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

using Colour = std::array<std::uint8_t, 3>;

/// labelmap.txt of CVAT: "name:r,g,b::" a line. Empty where there is none.
std::map<Colour, std::string> read_label_map(const fs::path& root) {
  std::map<Colour, std::string> names;
  if (!fs::is_regular_file(root / "labelmap.txt")) return names;
  for (const std::string& line : split_text(read_text_file(root / "labelmap.txt"), '\n')) {
    const auto parts = split_text(trim(line), ':');
    if (line.starts_with('#') || parts.size() < 2) continue;
    const auto numbers = split_text(parts[1], ',');
    if (numbers.size() != 3) continue;
    Colour colour{};
    for (std::size_t channel = 0; channel < colour.size(); ++channel)
      colour[channel] = static_cast<std::uint8_t>(std::clamp(number_of_text(numbers[channel]), 0.0, 255.0));
    const auto [known, fresh] = names.emplace(colour, trim(parts[0]));
    if (!fresh && known->second != trim(parts[0]))
      throw DataError({(root / "labelmap.txt").string(),
                       "the colour " + parts[1] + " for " + known->second + " and for " + trim(parts[0]),
                       "a colour for each label", "correct the list"});
  }
  return names;
}

/// What SegmentationClass/ (else SegmentationObject/) shows of a picture: all that is not black, a border (of the
/// palette's last colour, which means "do not care") among it, less the colours of what is no lesion. One shape for
/// each class that the colours name.
std::vector<LabelShape> read_segmentation(const fs::path& root, const std::string& stem,
                                          const std::map<Colour, std::string>& names) {
  for (const char* folder : {"SegmentationClass", "SegmentationObject"}) {
    const fs::path file = root / folder / (stem + ".png");
    if (!fs::is_regular_file(file)) continue;
    const Image image = read_image(file);
    std::map<std::string, LabelShape> shapes;
    for (std::int64_t row = 0; row < image.height; ++row)
      for (std::int64_t column = 0; column < image.width; ++column) {
        Colour colour{};
        for (std::size_t channel = 0; channel < colour.size(); ++channel)
          colour[channel] = image.at(row, column, image.channels == 3 ? static_cast<std::int64_t>(channel) : 0);
        if (colour == Colour{}) continue;
        const auto name = names.find(colour);
        const bool objects = std::string(folder) == "SegmentationObject";
        LabelShape& shape = shapes[name == names.end() || objects ? "" : name->second];
        if (shape.patch.empty()) shape.patch = make_mask(image.height, image.width);
        shape.patch.at(row, column) = 1;
      }
    std::vector<LabelShape> list;
    for (auto& [label, shape] : shapes) {
      shape.kind = LabelShape::Kind::kPatch;
      shape.label = label;
      shape.place = file.string();
      list.push_back(std::move(shape));
    }
    return list;
  }
  return {};
}

std::map<std::string, std::string> read_subsets(const fs::path& root) {
  std::map<std::string, std::string> subset_of;
  for (const char* folder : {"Main", "Segmentation", "Layout", "."})
    for (const char* name : {"train.txt", "val.txt", "test.txt"}) {
      const fs::path list = root / "ImageSets" / folder / name;
      if (!fs::is_regular_file(list)) continue;
      for (const std::string& line : split_text(read_text_file(list), '\n'))
        if (!trim(line).empty())
          subset_of.emplace(fs::path(split_text(trim(line), ' ')[0]).filename().string(), subset_of_name(name));
    }
  return subset_of;
}

void use_segmentation(LabelledPicture& picture, std::vector<LabelShape> shapes) {
  const bool drawn = std::any_of(shapes.begin(), shapes.end(),
                                 [](const LabelShape& shape) { return !is_no_lesion_label(shape.label); });
  if (!drawn) return;
  // The masks replace the boxes; where no colour is named, the objects say the class.
  for (const LabelShape& shape : picture.shapes)
    if (!is_no_lesion_label(shape.label) && !is_normal_label(shape.label) && !shape.label.empty() &&
        std::find(picture.tags.begin(), picture.tags.end(), shape.label) == picture.tags.end())
      picture.tags.push_back(shape.label);
  picture.shapes = std::move(shapes);
}

}  // namespace

// An XML a picture (Annotations/ with JPEGImages/, or beside the pictures); the masks of SegmentationClass/ where they
// are there, also for pictures without an XML.
Imported import_voc(const ImportOptions& options) {
  const fs::path root = data_root(options);
  const auto names = read_label_map(root);
  const auto subset_of = read_subsets(root);
  LabelFile labels;
  std::set<std::string> stems;
  const auto add = [&](LabelledPicture picture) {
    const std::string stem = fs::path(picture.name).stem().string();
    const auto subset = subset_of.find(stem);
    if (subset != subset_of.end()) picture.subset = subset->second;
    if (picture.subset.empty() && !picture.beside.empty())
      picture.subset = subset_of_name(picture.beside.filename().string());
    use_segmentation(picture, read_segmentation(root, stem, names));
    labels.pictures.push_back(std::move(picture));
  };
  for (const fs::path& list : label_files(options.source, ".xml")) {
    try {
      LabelFile part = parse_voc(read_text_file(list), list.string());
      part.pictures.front().beside = fs::absolute(list).parent_path();
      if (fs::is_directory(root / "JPEGImages") && list.parent_path().filename() == "Annotations")
        part.pictures.front().beside = root / "JPEGImages";
      stems.insert(fs::path(part.pictures.front().name).stem().string());
      add(std::move(part.pictures.front()));
    } catch (const Error& error) {
      labels.report.problems.emplace_back(error.what());
    }
  }
  if (fs::is_directory(root / "JPEGImages"))
    for (const fs::path& file : image_files(root / "JPEGImages")) {
      if (stems.count(file.stem().string()) != 0) continue;
      LabelledPicture picture;
      picture.name = picture.place = file.string();
      picture.file = file;
      try {
        add(std::move(picture));
      } catch (const Error& error) {
        labels.report.problems.emplace_back(error.what());
      }
    }
  return import_labelled(std::move(labels), root, options);
}

}  // namespace lanet
