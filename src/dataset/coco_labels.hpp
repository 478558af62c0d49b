#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/box.hpp"
#include "image/image.hpp"

namespace lanet {

/// One image of a COCO list with all that is said of it.
struct CocoImage {
  std::string file_name;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::string> categories;  // of its annotations, sorted, each once
  std::vector<Box> boxes;
  Mask mask;  // union of polygons and run lengths; empty without any
};

/// COCO JSON (images, annotations with bbox, polygons, run lengths plain or compressed, categories). Throws DataError
/// naming the annotation: unknown image or category, odd polygons, runs that do not fill the picture, pictures past the
/// limits.
std::vector<CocoImage> parse_coco(std::string_view json, const std::string& place);

/// COCO's compressed run lengths: six bits a character, each value after the second as a difference to the one before
/// the last. Throws DataError for characters outside, values past the picture.
std::vector<std::int64_t> decode_compressed_runs(std::string_view text, const std::string& place);

}  // namespace lanet
