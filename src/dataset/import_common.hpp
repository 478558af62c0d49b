#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dataset/import.hpp"

namespace lanet {

/// Files of a folder with an image's extension, sorted by name. Throws DataError if it is no folder.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

/// NAME_mask.* and NAME_mask_N.* beside NAME, sorted.
std::vector<std::filesystem::path> masks_beside(const std::filesystem::path& image);

/// Path relative to the data set's folder, with forward slashes.
std::string relative_to(const std::filesystem::path& file, const std::filesystem::path& folder);

/// Size of an image file. On a problem it is added to the report and nothing is returned.
struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};
std::optional<PictureSize> probe_size(const std::filesystem::path& file, ImportReport& report);

/// Gives the sample its masks if all of them have the image's size; else it stays without location and the report says
/// so.
void attach_masks(Sample& sample, const PictureSize& size, const std::vector<std::filesystem::path>& masks,
                  const std::filesystem::path& folder, ImportReport& report);

}  // namespace lanet
