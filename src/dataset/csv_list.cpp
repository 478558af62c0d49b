#include "dataset/csv_list.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/labelled_picture.hpp"
#include "dataset/list_cell.hpp"
#include "finding/class_meaning.hpp"
#include "image/file_names.hpp"

namespace lanet {
namespace {

/// What a column may be called; the first name is lanet's own.
const std::map<std::string, std::vector<std::string>> kColumnNames = {
    {"id", {"id", "image_id"}},
    {"image", {"image", "images", "file", "filename", "file_name", "image_path", "path", "img", "picture"}},
    {"class", {"class", "label", "diagnosis", "pathology", "classification", "class_name"}},
    {"masks", {"masks", "mask", "mask_path", "segmentation"}},
    {"boxes", {"boxes", "box_xyxy", "box", "bbox_xyxy"}},
    {"location", {"location"}},
    {"group", {"group", "patient", "case", "patient_id", "case_id", "patientid", "caseid"}},
    {"source", {"source", "dataset"}},
    {"subset", {"subset", "split", "set"}},
    {"spacing_x_mm", {"spacing_x_mm"}},
    {"spacing_y_mm", {"spacing_y_mm"}},
    {"crop", {"crop"}},
    {"width", {"width", "image_width"}},
    {"height", {"height", "image_height"}},
    {"x", {"x", "bbox_x", "box_x"}},
    {"y", {"y", "bbox_y", "box_y"}},
    {"w", {"w", "bbox_w", "box_w", "bbox_width", "box_width"}},
    {"h", {"h", "bbox_h", "box_h", "bbox_height", "box_height"}},
    {"x1", {"x1", "xmin", "x_min", "left"}},
    {"y1", {"y1", "ymin", "y_min", "top"}},
    {"x2", {"x2", "xmax", "x_max", "right"}},
    {"y2", {"y2", "ymax", "y_max", "bottom"}}};

/// Columns of a table by lanet's names.
class Columns {
 public:
  explicit Columns(const CsvTable& table) : table_(table), used_(table.columns.size(), false) {
    for (const auto& [own, names] : kColumnNames)
      for (const std::string& name : names) {
        const std::int64_t column = table.find_column(name);
        if (column < 0 || used_[static_cast<std::size_t>(column)]) continue;
        index_[own] = static_cast<std::size_t>(column);
        used_[static_cast<std::size_t>(column)] = true;
        break;
      }
    if (!index_.count("image")) table.require_column("image");
    read_box_of_four();
  }

  /// Names of columns that seem to hold boxes and are not understood.
  std::vector<std::string> doubtful_boxes() const {
    std::vector<std::string> names;
    for (const std::size_t column : others()) {
      const std::string name = to_lower(table_.columns[column]);
      const bool box = name.find("bbox") != std::string::npos || name.find("bounding") != std::string::npos ||
                       name == "xywh" || name == "xyxy" || name == "cxcywh" || name == "rect" || name == "rectangle";
      if (box || is_box_side(name)) names.push_back(table_.columns[column]);
    }
    return names;
  }
  bool has_corners() const { return has("x1") && has("y1") && has("x2") && has("y2"); }
  bool has_corner_and_size() const { return has("x") && has("y") && has("w") && has("h"); }

  bool has(const std::string& own) const { return index_.count(own) != 0; }
  std::string cell(std::size_t row, const std::string& own) const {
    const auto column = index_.find(own);
    return column == index_.end() ? "" : trim(table_.rows[row][column->second]);
  }
  /// NaN for an empty cell. Throws DataError for text.
  double number(std::size_t row, const std::string& own) const {
    const std::string text = table_.with_decimal_points(cell(row, own));
    return text.empty() ? std::nan("") : parse_number(text, table_.row_place(row), own);
  }
  std::vector<std::size_t> others() const {
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < used_.size(); ++column)
      if (!used_[column] && !table_.columns[column].empty()) columns.push_back(column);
    return columns;
  }

 private:
  const CsvTable& table_;
  std::vector<bool> used_;
  std::map<std::string, std::size_t> index_;

  static bool is_box_side(const std::string& name) {
    for (const char* side : {"x", "y", "w", "h", "x1", "y1", "x2", "y2"}) {
      const auto& names = kColumnNames.at(side);
      if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    }
    return name == "cx" || name == "cy" || name == "x_center" || name == "y_center";
  }

  void give_back(const std::string& own) {
    if (const auto column = index_.find(own); column != index_.end()) used_[column->second] = false;
    index_.erase(own);
  }

  /// x, y, width, height: the box's, unless there are w and h. A set of four that is not whole is none.
  void read_box_of_four() {
    if (has("x") && has("y") && !has("w") && !has("h") && has("width") && has("height") && !has_corners()) {
      for (const auto& [own, size] : {std::pair{"w", "width"}, std::pair{"h", "height"}}) {
        index_[own] = index_.at(size);
        index_.erase(size);
        const std::int64_t of_image = table_.find_column(std::string("image_") + size);
        if (of_image < 0 || used_[static_cast<std::size_t>(of_image)]) continue;
        index_[size] = static_cast<std::size_t>(of_image);
        used_[static_cast<std::size_t>(of_image)] = true;
      }
    }
    if (has_corners() || !has_corner_and_size())
      for (const char* own : {"x", "y", "w", "h"}) give_back(own);
    if (!has_corners())
      for (const char* own : {"x1", "y1", "x2", "y2"}) give_back(own);
  }
};

/// A part of a row that is not needed: what cannot be read costs itself alone.
template <class Read>
void read_optional(ImportReport& report, const Read& read) {
  try {
    read();
  } catch (const DataError& error) {
    report.problems.emplace_back(error.what());
  }
}

/// One of two: pixels are square. Throws DataError.
std::optional<PixelSpacing> spacing_of_row(const CsvTable& table, const Columns& columns, std::size_t row) {
  constexpr double kLeast = 0.005, kMost = 1;  // mm: no probe sees more finely, no picture is coarser
  const double x_mm = columns.number(row, "spacing_x_mm"), y_mm = columns.number(row, "spacing_y_mm");
  const double one = std::isnan(x_mm) ? y_mm : x_mm, other = std::isnan(y_mm) ? one : y_mm;
  if (std::isnan(one)) return std::nullopt;
  for (const double side : {one, other})
    if (side < kLeast || side > kMost)
      throw DataError({table.row_place(row), "a spacing of " + exact(side) + " mm per pixel", "0.005 to 1",
                       "the picture is imported without spacing"});
  return PixelSpacing{one, other};
}

std::vector<Box> boxes_of_row(const CsvTable& table, const Columns& columns, std::size_t row) {
  const std::string place = table.row_place(row);
  std::vector<Box> boxes = parse_list_boxes(columns.cell(row, "boxes"), place);
  if (!columns.has_corners() && !columns.has_corner_and_size()) return boxes;
  Box box;
  if (columns.has_corners())
    box = {columns.number(row, "x1"), columns.number(row, "y1"), columns.number(row, "x2"), columns.number(row, "y2")};
  else
    box = {columns.number(row, "x"), columns.number(row, "y"), columns.number(row, "x") + columns.number(row, "w"),
           columns.number(row, "y") + columns.number(row, "h")};
  if (std::isnan(box.x1 + box.y1 + box.x2 + box.y2) || box == Box{}) return boxes;  // empty cells: no box
  if (box.area() <= 0) throw DataError({place, "a box without an area", "x1 < x2 and y1 < y2", "left out"});
  boxes.push_back(box);
  return boxes;
}

/// "Training" and "holdout" as the split knows them; other words as they stand.
std::string plain_subset(const std::string& cell) {
  const std::string lower = to_lower(cell);
  if (const auto known = subset_of_folder_name(lower)) return *known;
  return lower == "holdout" || lower == "hold-out" || lower == "hold_out" || lower == "hold out" ? "test" : cell;
}

/// What the first row of a picture says of it as a whole. Throws DataError.
CsvEntry read_entry(const CsvTable& table, const Columns& columns, std::size_t row, ImportReport& report) {
  CsvEntry entry;
  entry.image = columns.cell(row, "image");
  entry.place = table.row_place(row);
  if (entry.image.empty()) throw DataError({entry.place, "an empty cell", "the path of a picture", "left out"});
  entry.id = columns.cell(row, "id");
  entry.class_name = columns.cell(row, "class");
  entry.group = columns.cell(row, "group");
  entry.source = columns.cell(row, "source");
  entry.subset = plain_subset(columns.cell(row, "subset"));
  entry.location = to_lower(columns.cell(row, "location"));
  for (const std::size_t column : columns.others()) entry.extra[table.columns[column]] = trim(table.rows[row][column]);
  read_optional(report, [&] { entry.spacing = spacing_of_row(table, columns, row); });
  read_optional(report, [&] {
    const auto crop = parse_list_boxes(columns.cell(row, "crop"), entry.place);
    if (crop.size() > 1) throw DataError({entry.place, "several crops", "x1 y1 x2 y2", "left out"});
    if (!crop.empty()) entry.crop = crop.front();
  });
  read_optional(report, [&] {
    const double width = columns.number(row, "width"), height = columns.number(row, "height");
    constexpr double kMost = 1e6;
    if (width >= 1 && height >= 1 && width <= kMost && height <= kMost)
      entry.size = PictureSize{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  });
  return entry;
}

}  // namespace

std::vector<Box> parse_list_boxes(std::string_view cell, const std::string& place) {
  std::vector<Box> boxes;
  for (std::string part : split_text(cell, ';')) {
    for (char& letter : part)
      if (std::string_view("[](){}").find(letter) != std::string_view::npos) letter = ' ';
    std::vector<std::string> words;
    for (std::string word : split_text(trim(part), ' ')) {
      while (!word.empty() && word.back() == ',') word.pop_back();
      if (!trim(word).empty()) words.push_back(trim(word));
    }
    if (words.size() == 1) words = split_text(words[0], ',');
    if (words.empty()) continue;
    const auto refuse = [&](const char* expected) {
      throw DataError({place, "the box '" + std::string(cell.substr(0, 60)) + "'", expected, "this box is left out"});
    };
    if (words.size() != 4) refuse("x1 y1 x2 y2");
    std::vector<double> numbers;
    for (std::string& word : words) {
      std::replace(word.begin(), word.end(), ',', '.');
      numbers.push_back(number_of_text(word));
      if (!std::isfinite(numbers.back())) refuse("four numbers");
    }
    const Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
    if (box == Box{}) continue;
    if (box.area() <= 0) refuse("x1 < x2 and y1 < y2");
    boxes.push_back(box);
  }
  return boxes;
}

CsvList read_csv_list(const CsvTable& table, double min_box_area, ImportReport& report) {
  const Columns columns(table);
  CsvList list;
  list.has_subsets = columns.has("subset");
  for (const std::size_t column : columns.others()) list.extra_columns.push_back(table.columns[column]);
  if (!columns.has("class")) report.notes.push_back(table.place + ": no column 'class'; imported without class");
  list.has_classes = columns.has("class");
  if (const auto doubtful = columns.doubtful_boxes(); !doubtful.empty())
    report.problems.push_back(Problem{table.place,
                                      (doubtful.size() == 1 ? "the column " : "the columns ") +
                                          join_text(doubtful, ", ") +
                                          ", which may hold boxes in a form that is not known",
                                      "boxes as box_xyxy (x1 y1 x2 y2), or in the columns x1, y1, x2, y2 or x, y, w, h",
                                      "they are not used; call them so"}
                                  .line());
  std::map<std::string, std::size_t> known;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string place = table.row_place(row);
    try {
      const std::string image = columns.cell(row, "image");
      if (!known.count(image)) {
        CsvEntry fresh = read_entry(table, columns, row, report);
        known.emplace(image, list.entries.size());
        list.entries.push_back(std::move(fresh));
      }
      CsvEntry& entry = list.entries[known.at(image)];
      const std::string class_name = columns.cell(row, "class");
      if (folded_name(class_name) != folded_name(entry.class_name))
        throw DataError({place, "class '" + class_name + "' of " + image,
                         "'" + entry.class_name + "' as in its first row", "this row is left out"});
      for (const std::string& mask : split_list_cell(columns.cell(row, "masks")))
        if (std::find(entry.masks.begin(), entry.masks.end(), mask) == entry.masks.end()) entry.masks.push_back(mask);
      for (const Box& box : boxes_of_row(table, columns, row)) {
        if (box.area() < min_box_area)
          report.notes.push_back(place + ": a speck of " + exact(box.area()) + " px^2 dropped");
        else
          entry.boxes.push_back(box);
      }
    } catch (const DataError& error) {
      report.problems.emplace_back(error.what());
    }
  }
  return list;
}

}  // namespace lanet
