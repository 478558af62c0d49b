#include "dataset/label_writer.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {

namespace fs = std::filesystem;

LabelWriter::LabelWriter(const fs::path& folder) : folder_(folder) {
  if (folder.empty())
    throw ConfigError(
        {"--out", "none", "a folder for the data set", "this format's masks are drawn anew and need a place"});
}

Sample LabelWriter::add_image(const fs::path& file, const std::string& class_name, const std::string& source) {
  Sample sample;
  sample.id = file.stem().string();
  for (int number = 2; !ids_.insert(sample.id).second; ++number)
    sample.id = file.stem().string() + "_" + std::to_string(number);
  sample.image = "images/" + sample.id + file.extension().string();
  sample.class_name = class_name;
  sample.source = source;
  const fs::path link = folder_ / sample.image;
  fs::create_directories(link.parent_path());
  if (fs::exists(fs::symlink_status(link))) fs::remove(link);
  fs::create_symlink(fs::absolute(file), link);
  return sample;
}

void LabelWriter::set_location(Sample& sample, const Mask& mask, const std::vector<Box>& boxes) {
  if (!mask.empty() && area(mask) > 0) {
    sample.masks = {"masks/" + sample.id + ".png"};
    write_png(folder_ / sample.masks.front(), mask);
    sample.location = Location::kMask;
  } else if (!boxes.empty()) {
    sample.boxes = boxes;
    sample.location = Location::kBoxes;
  }
}

std::vector<Box> usable_boxes(const std::vector<Box>& boxes, const PictureSize& size, double min_area,
                              const std::string& name, ImportReport& report) {
  const Box whole{0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
  std::vector<Box> usable;
  for (const Box& box : boxes) {
    const Box inside = intersect(box, whole);
    if (inside.area() < min_area)
      report.notes.push_back(name + ": a box outside the image or under " + std::to_string(static_cast<int>(min_area)) +
                             " px^2 dropped");
    else
      usable.push_back(inside);
  }
  return usable;
}

std::optional<fs::path> file_inside(const fs::path& root, const std::string& name, const std::string& place,
                                    ImportReport& report) {
  const fs::path relative(name);
  const bool climbs = std::find(relative.begin(), relative.end(), "..") != relative.end();
  if (name.empty() || relative.is_absolute() || climbs) {
    report.problems.push_back(
        Problem{place, "the image path '" + name + "'", "a path below the list's folder", ""}.line());
    return std::nullopt;
  }
  return root / relative;
}

}  // namespace lanet
