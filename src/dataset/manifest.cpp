#include "dataset/manifest.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/csv.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kColumns = {"id",    "image",  "class",        "masks",        "boxes", "location",
                                           "group", "source", "spacing_x_mm", "spacing_y_mm", "crop"};

/// The file beside a manifest that says where its images lie (lanet-dataset.toml); only `lanet data import` writes it.
struct DataRoots {
  std::string image_root = ".";
  std::string mask_root;
  void visit(FieldVisitor& visitor) {
    visitor.field("image_root", image_root, "folder that the manifest's paths are relative to; relative to this file");
    visitor.field("mask_root", mask_root, "the same for its masks; empty: they lie below image_root");
  }
};

fs::path root_file(const fs::path& manifest) { return fs::path(manifest).replace_extension(".toml"); }

/// `folder` / `relative` without `..` where that names the same place (behind a link it does not).
fs::path joined(const fs::path& folder, const std::string& relative) {
  const fs::path path = folder / relative, normal = path.lexically_normal();
  std::error_code code;
  return fs::exists(path, code) && !fs::equivalent(path, normal, code) ? path : normal;
}

/// "." where both are the same; links on the way are followed, so that the system finds its way back by the `..`.
std::string relative_folder(const fs::path& folder, const fs::path& from) {
  return fs::weakly_canonical(fs::absolute(folder))
      .lexically_relative(fs::weakly_canonical(fs::absolute(from)))
      .generic_string();
}

std::string box_text(const Box& box) {
  return exact(box.x1) + " " + exact(box.y1) + " " + exact(box.x2) + " " + exact(box.y2);
}

Box parse_box(const std::string& text, const std::string& place) {
  std::vector<double> numbers;
  for (const std::string& part : split_text(trim(text), ' '))
    if (!part.empty()) numbers.push_back(parse_number(part, place, "box"));
  if (numbers.size() != 4) throw DataError({place, "box '" + text + "'", "x1 y1 x2 y2", ""});
  const Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (box.area() <= 0) throw DataError({place, "box '" + text + "'", "x1 < x2 and y1 < y2", ""});
  return box;
}

void check_path(const std::string& path, const std::string& place) {
  const fs::path checked(path);
  const bool climbs = std::find(checked.begin(), checked.end(), "..") != checked.end();
  if (path.empty() || checked.is_absolute() || climbs)
    throw DataError({place, "the path '" + path + "'", "a path inside the data set, without '..'", ""});
}

std::vector<std::string> list_cell(const std::string& cell) {
  std::vector<std::string> items;
  for (const std::string& item : split_text(cell, ';'))
    if (!trim(item).empty()) items.push_back(trim(item));
  return items;
}

/// Cells of one row by column name.
class Row {
 public:
  Row(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}
  std::string cell(const std::string& column) const {
    const std::int64_t index = table_.find_column(column);
    return index < 0 ? "" : trim(table_.rows[row_][static_cast<std::size_t>(index)]);
  }
  /// A cell of numbers: a spreadsheet may have written them with a decimal comma.
  std::string numbers(const std::string& column) const { return table_.with_decimal_points(cell(column)); }
  /// A cell of words: file names keep their bytes, words become UTF-8.
  std::string words(const std::string& column) const { return decode_text(cell(column)).text; }
  std::string place() const { return table_.row_place(row_); }

 private:
  const CsvTable& table_;
  std::size_t row_;
};

void check_location(const Sample& sample, const std::string& place) {
  const bool fits = sample.location == Location::kMask    ? !sample.masks.empty()
                    : sample.location == Location::kBoxes ? !sample.boxes.empty()
                                                          : sample.masks.empty();
  if (!fits)
    throw DataError({place,
                     std::string("location ") + to_text(sample.location) + " with " +
                         std::to_string(sample.masks.size()) + " masks and " + std::to_string(sample.boxes.size()) +
                         " boxes",
                     "a state that fits its labels", ""});
}

Sample read_sample(const Row& row) {
  Sample sample;
  sample.id = row.cell("id");
  if (sample.id.empty()) throw DataError({row.place(), "an empty id", "a name that occurs once", ""});
  sample.image = row.cell("image");
  check_path(sample.image, row.place());
  sample.class_name = row.words("class");
  sample.masks = list_cell(row.cell("masks"));
  for (const std::string& mask : sample.masks) check_path(mask, row.place());
  for (const std::string& box : list_cell(row.numbers("boxes"))) sample.boxes.push_back(parse_box(box, row.place()));
  sample.location = location_from_text(row.cell("location"), row.place());
  sample.group = row.words("group");
  sample.source = row.cell("source");
  if (!row.cell("spacing_x_mm").empty() || !row.cell("spacing_y_mm").empty()) {
    sample.spacing = PixelSpacing{parse_number(row.numbers("spacing_x_mm"), row.place(), "spacing_x_mm"),
                                  parse_number(row.numbers("spacing_y_mm"), row.place(), "spacing_y_mm")};
    if (sample.spacing->x_mm <= 0 || sample.spacing->y_mm <= 0)
      throw DataError({row.place(), "a spacing that is not positive", "mm per pixel", ""});
  }
  if (!row.cell("crop").empty()) sample.crop = parse_box(row.numbers("crop"), row.place());
  check_location(sample, row.place());
  return sample;
}

std::vector<std::string> extra_columns_of(const CsvTable& table) {
  std::vector<std::string> extra;
  for (const std::string& column : table.columns)
    if (std::find(kColumns.begin(), kColumns.end(), to_lower(column)) == kColumns.end()) extra.push_back(column);
  return extra;
}

std::vector<std::string> cells_of(const Sample& sample, const std::vector<std::string>& extra_columns) {
  std::vector<std::string> boxes;
  for (const Box& box : sample.boxes) boxes.push_back(box_text(box));
  std::vector<std::string> cells = {sample.id,
                                    sample.image,
                                    sample.class_name,
                                    join_text(sample.masks, ";"),
                                    join_text(boxes, ";"),
                                    to_text(sample.location),
                                    sample.group,
                                    sample.source,
                                    sample.spacing ? exact(sample.spacing->x_mm) : "",
                                    sample.spacing ? exact(sample.spacing->y_mm) : "",
                                    sample.crop ? box_text(*sample.crop) : ""};
  for (const std::string& column : extra_columns) {
    const auto found = sample.extra.find(column);
    cells.push_back(found == sample.extra.end() ? "" : found->second);
  }
  return cells;
}

}  // namespace

std::int64_t Manifest::find(const std::string& id) const {
  for (std::size_t index = 0; index < samples.size(); ++index)
    if (samples[index].id == id) return static_cast<std::int64_t>(index);
  return -1;
}

std::vector<std::size_t> Manifest::find_all(std::span<const std::string> ids) const {
  std::unordered_map<std::string_view, std::size_t> positions;
  for (std::size_t index = 0; index < samples.size(); ++index) positions.emplace(samples[index].id, index);
  std::vector<std::size_t> found;
  for (const std::string& id : ids) {
    const auto position = positions.find(id);
    if (position == positions.end())
      throw DataError({folder.string(), "no image '" + id + "'", "an id of the manifest", ""});
    found.push_back(position->second);
  }
  return found;
}

Manifest read_manifest(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / kManifestName : path;
  if (!fs::exists(file))
    throw DataError({file.string(), "no such file", "a data set", "make its manifest with `lanet data import`"});
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  DataRoots roots;
  const bool elsewhere = fs::exists(root_file(file));
  if (elsewhere) read_toml_file(root_file(file), fields_of(roots));
  Manifest manifest = parse_manifest(read_csv(file), elsewhere ? joined(folder, roots.image_root) : folder);
  if (!roots.mask_root.empty()) manifest.mask_folder = joined(folder, roots.mask_root);
  return manifest;
}

Manifest parse_manifest(const CsvTable& table, const fs::path& image_root) {
  for (const char* column : {"id", "image", "class", "location"}) table.require_column(column);
  Manifest manifest;
  manifest.folder = image_root;
  manifest.extra_columns = extra_columns_of(table);
  std::vector<std::string> problems;
  std::set<std::string> ids;
  for (std::size_t index = 0; index < table.rows.size(); ++index) {
    const Row row(table, index);
    try {
      Sample sample = read_sample(row);
      for (const std::string& column : manifest.extra_columns) sample.extra[column] = row.words(column);
      if (!ids.insert(sample.id).second)
        throw DataError({row.place(), "the id '" + sample.id + "' again", "ids that occur once", ""});
      manifest.samples.push_back(std::move(sample));
    } catch (const DataError& error) {
      problems.emplace_back(error.what());
    }
  }
  if (!problems.empty()) throw DataError(join_text(problems, "\n"));
  return manifest;
}

void write_manifest(const fs::path& file, const Manifest& manifest) {
  std::vector<std::string> columns = kColumns;
  columns.insert(columns.end(), manifest.extra_columns.begin(), manifest.extra_columns.end());
  std::vector<std::vector<std::string>> rows;
  for (const Sample& sample : manifest.samples) rows.push_back(cells_of(sample, manifest.extra_columns));
  const fs::path folder = fs::absolute(file).parent_path();
  DataRoots roots;
  roots.image_root = relative_folder(manifest.folder, folder);
  if (!manifest.mask_folder.empty()) roots.mask_root = relative_folder(manifest.mask_folder, folder);
  if (roots.mask_root == roots.image_root) roots.mask_root.clear();
  const bool elsewhere = roots.image_root != "." || !roots.mask_root.empty();
  if (elsewhere) write_file_atomically(root_file(file), to_commented_toml(fields_of(roots)));
  if (!elsewhere) fs::remove(root_file(file));
  write_file_atomically(file, to_csv(columns, rows));
}

std::vector<std::string> class_names(const std::vector<Sample>& samples) {
  std::set<std::string> names;
  for (const Sample& sample : samples)
    if (!sample.class_name.empty()) names.insert(sample.class_name);
  return {names.begin(), names.end()};
}

std::string positive_class(const std::vector<std::string>& classes) {
  if (std::find(classes.begin(), classes.end(), "malignant") != classes.end()) return "malignant";
  return classes.empty() ? "" : classes.back();
}

std::optional<Mask> read_truth_mask(const Manifest& manifest, const Sample& sample, std::int64_t height,
                                    std::int64_t width) {
  switch (sample.location) {
    case Location::kNone:
      return std::nullopt;
    case Location::kEmpty:
      return make_mask(height, width);
    case Location::kBoxes:
      return fill_boxes(sample.boxes, height, width);
    case Location::kMask:
      break;
  }
  Mask united = make_mask(height, width);
  for (const std::string& path : sample.masks) {
    const Mask mask = read_mask(manifest.mask_path(path));
    if (mask.height != height || mask.width != width)
      throw DataError({manifest.mask_path(path).string(),
                       "a mask of " + std::to_string(mask.width) + " x " + std::to_string(mask.height) + " px",
                       std::to_string(width) + " x " + std::to_string(height) + " px as its image", ""});
    united = unite(united, mask);
  }
  return united;
}

std::string fingerprint(const Manifest& manifest, const std::vector<std::string>& ids) {
  std::vector<std::string> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  Sha256 digest;
  for (const std::size_t index : manifest.find_all(sorted)) {
    const Sample& sample = manifest.samples[index];
    std::vector<std::string> cells = cells_of(sample, {});
    cells.push_back(sha256_file(manifest.image_path(sample)));
    for (const std::string& mask : sample.masks) cells.push_back(sha256_file(manifest.mask_path(mask)));
    digest.update(join_text(cells, "\t") + "\n");
  }
  return digest.hex();
}

}  // namespace lanet
