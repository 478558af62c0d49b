#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "dataset/import.hpp"
#include "dataset/import_common.hpp"

namespace lanet {

/// For formats whose labels are drawn (polygons, run lengths): a data set's folder with images/ (links to where the
/// pictures lie, nothing is copied) and masks/ (PNG).
class LabelWriter {
 public:
  /// Throws ConfigError for an empty folder name.
  explicit LabelWriter(const std::filesystem::path& folder);

  /// A sample of an image file, under an id that is not taken yet (its stem, else its stem with a number).
  Sample add_image(const std::filesystem::path& file, const std::string& class_name, const std::string& source);
  /// Gives the sample its location: a mask if there is one with any pixel, else boxes, else none.
  void set_location(Sample& sample, const Mask& mask, const std::vector<Box>& boxes);
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::set<std::string> ids_;
};

/// Boxes inside the picture and not smaller than the least area; what is dropped is reported.
std::vector<Box> usable_boxes(const std::vector<Box>& boxes, const PictureSize& size, double min_area,
                              const std::string& name, ImportReport& report);

/// The file that a label list names, if it lies inside `root` (no absolute path, no `..`). Nothing otherwise, with a
/// problem in the report.
std::optional<std::filesystem::path> file_inside(const std::filesystem::path& root, const std::string& name,
                                                 const std::string& place, ImportReport& report);

}  // namespace lanet
