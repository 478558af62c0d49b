#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv.hpp"
#include "dataset/import_common.hpp"

namespace lanet {

/// All rows of one picture in a list that people bring.
struct CsvEntry {
  std::string image;
  std::string place;  // of its first row
  std::string id;     // "" none given
  std::string class_name;
  std::vector<std::string> masks;  // paths as in the list
  std::vector<Box> boxes;
  std::string group;
  std::string source;
  std::string subset;
  std::string location;  // "" follows from masks and boxes
  std::optional<PixelSpacing> spacing;
  std::optional<Box> crop;
  std::optional<PictureSize> size;
  std::map<std::string, std::string> extra;  // columns of other names
};

struct CsvList {
  std::vector<CsvEntry> entries;
  std::vector<std::string> extra_columns;
  bool has_subsets = false;
  bool has_classes = false;  // a column for them
};

/// Reads a table whose columns are named as in docs/formats.md ("Lists"), in any case and order. A cell that cannot be
/// read costs its row or its box, with a line. Throws DataError where no column names the pictures.
CsvList read_csv_list(const CsvTable& table, double min_box_area, ImportReport& report);

/// Boxes of one cell: "x1 y1 x2 y2", separated by spaces or commas, in brackets or not; several by semicolons. All zero
/// means none. Throws DataError for anything else.
std::vector<Box> parse_list_boxes(std::string_view cell, const std::string& place);

}  // namespace lanet
