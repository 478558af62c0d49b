#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "core/output_folder.hpp"
#include "dataset/sample.hpp"
#include "image/image.hpp"

namespace lanet {

/// Draws the masks of formats whose labels are outlines or run lengths: PNG files in OUT/masks. The pictures stay where
/// they lie.
class LabelWriter {
 public:
  /// Throws ConfigError for an empty folder name.
  explicit LabelWriter(const std::filesystem::path& folder, bool overwrite = false);

  /// Writes masks/ID.png and makes it the sample's location. Where a file of the user's has that name, it stays, and
  /// the mask's name is ID_drawn.png, ID_drawn_2.png ...
  void draw_mask(Sample& sample, const Mask& mask);
  bool has_drawn() const { return !drawn_.empty(); }

 private:
  OutputFolder folder_;
  std::set<std::string> drawn_;  // names in small letters: some file systems know no others

  std::string free_name(const std::string& id) const;
};

}  // namespace lanet
