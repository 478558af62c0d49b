#include "dataset/manifest.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <unordered_map>

#include "core/csv.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/settings.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "dataset/list_cell.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kColumns = {"id",    "image",  "class",        "masks",        "boxes", "location",
                                           "group", "source", "spacing_x_mm", "spacing_y_mm", "crop"};

constexpr const char* kTomlHead = "# Written by lanet: what belongs to the list of the same name.\n";

/// The file beside a manifest that says where its images lie and what its classes stand for (lanet-dataset.toml).
struct DataRoots {
  std::string image_root = ".";
  std::string mask_root;
  std::string positive_class;
  std::string normal_class;
  void visit(FieldVisitor& visitor) {
    visitor.field("positive_class", positive_class, "the class that decisions are about; empty: as the names say");
    visitor.field("normal_class", normal_class, "the class of images without a lesion; empty: as the names say");
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

/// Paths of a list that Windows wrote: `\` as `/`, unless a file of that very name is there.
std::string with_slashes(const std::string& path, const fs::path& folder) {
  std::error_code ignored;
  if (path.find('\\') == std::string::npos || fs::exists(folder / path, ignored)) return path;
  std::string changed = path;
  std::replace(changed.begin(), changed.end(), '\\', '/');
  return changed;
}

bool names_a_drive(const std::string& path) {
  return path.size() > 2 && std::isalpha(static_cast<unsigned char>(path[0])) != 0 && path[1] == ':' &&
         (path[2] == '/' || path[2] == '\\');
}

void check_path(const std::string& path, const std::string& place) {
  const fs::path checked(path);
  const bool climbs = std::find(checked.begin(), checked.end(), "..") != checked.end();
  if (path.empty() || checked.is_absolute() || climbs || names_a_drive(path))
    throw DataError({place, "the path '" + path + "'", "a path inside the data set, without '..'", ""});
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
                         count_of(sample.masks.size(), "mask", "masks") + " and " +
                         count_of(sample.boxes.size(), "box", "boxes"),
                     "a state that fits its labels", ""});
}

Sample read_sample(const Row& row, const fs::path& folder) {
  Sample sample;
  sample.id = row.cell("id");
  if (sample.id.empty()) throw DataError({row.place(), "an empty id", "a name that occurs once", ""});
  sample.image = with_slashes(row.cell("image"), folder);
  check_path(sample.image, row.place());
  sample.class_name = row.words("class");
  sample.masks = split_list_cell(row.cell("masks"));
  for (std::string& mask : sample.masks) check_path(mask = with_slashes(mask, folder), row.place());
  for (const std::string& box : split_list_cell(row.numbers("boxes")))
    sample.boxes.push_back(parse_box(box, row.place()));
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

}  // namespace

bool is_manifest_column(const std::string& name) {
  return std::find(kColumns.begin(), kColumns.end(), to_lower(name)) != kColumns.end();
}

namespace {

std::vector<std::string> extra_columns_of(const CsvTable& table) {
  std::vector<std::string> extra;
  for (const std::string& column : table.columns)
    if (!is_manifest_column(column)) extra.push_back(column);
  return extra;
}

std::vector<std::string> cells_of(const Sample& sample, const std::vector<std::string>& extra_columns) {
  std::vector<std::string> boxes;
  for (const Box& box : sample.boxes) boxes.push_back(box_text(box));
  std::vector<std::string> cells = {sample.id,
                                    sample.image,
                                    sample.class_name,
                                    join_list_cell(sample.masks),
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
    if (position == positions.end()) throw DataError({place(), "no image '" + id + "'", "an id of the manifest", ""});
    found.push_back(position->second);
  }
  return found;
}

Manifest read_manifest(const fs::path& path) {
  const fs::path file = manifest_file(path);
  if (!fs::exists(file))
    throw DataError({file.string(), "no such file", "a data set", "make its manifest with `lanet data import`"});
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  DataRoots roots;
  const bool elsewhere = fs::exists(root_file(file));
  if (elsewhere) read_toml_file(root_file(file), fields_of(roots));
  Manifest manifest = parse_manifest(read_csv(file), elsewhere ? joined(folder, roots.image_root) : folder);
  if (!roots.mask_root.empty()) manifest.mask_folder = joined(folder, roots.mask_root);
  manifest.positive_class = roots.positive_class;
  manifest.normal_class = roots.normal_class;
  manifest.file = file;
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
      Sample sample = read_sample(row, image_root);
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

std::string manifest_csv(const Manifest& manifest) {
  std::vector<std::string> columns = kColumns;
  columns.insert(columns.end(), manifest.extra_columns.begin(), manifest.extra_columns.end());
  std::vector<std::vector<std::string>> rows;
  for (const Sample& sample : manifest.samples) rows.push_back(cells_of(sample, manifest.extra_columns));
  return to_csv(columns, rows);
}

namespace {

/// Data sets of earlier versions have such a file without lanet's mark.
bool is_roots_file(const fs::path& file) {
  try {
    DataRoots roots;
    const std::string text = read_text_file(file);
    read_toml(text, file.string(), fields_of(roots));
    return text.find("_root") != std::string::npos || text.find("_class") != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

/// Whether somebody wrote into the file since lanet did, or has written it.
bool is_edited(const OutputFolder& out, const fs::path& name) {
  return out.was_changed(name) || !carries_lanet_mark(out.path() / name);
}

/// Writes the file beside the list; none where `text` is empty. One that somebody edited, or that has no successor, is
/// kept under another name, which is returned.
fs::path write_roots(OutputFolder& out, const fs::path& name, const std::string& text) {
  const fs::path file = out.path() / name;
  std::error_code ignored;
  const bool there = fs::exists(fs::symlink_status(file, ignored));
  const std::string wanted = text.empty() ? "" : kTomlHead + text;
  fs::path kept;
  if (there && is_roots_file(file)) {
    if (read_text_file(file) == wanted) return {};
    if (wanted.empty() || is_edited(out, name)) {
      kept = out.keep_as_earlier(name);
    } else if (!wanted.empty()) {
      OutputFolder(out.path(), true).write(name, wanted);
      return {};
    }
  }
  if (wanted.empty())
    out.remove(name);
  else
    out.write(name, wanted);
  return kept;
}

}  // namespace

fs::path write_manifest_roots(OutputFolder& out, const fs::path& name, const Manifest& manifest) {
  const fs::path folder = fs::absolute(out.path() / name).parent_path();
  DataRoots roots;
  roots.image_root = relative_folder(manifest.folder, folder);
  if (!manifest.mask_folder.empty()) roots.mask_root = relative_folder(manifest.mask_folder, folder);
  if (roots.mask_root == roots.image_root) roots.mask_root.clear();
  roots.positive_class = manifest.positive_class;
  roots.normal_class = manifest.normal_class;
  const bool needed = roots.image_root != "." || !roots.mask_root.empty() || !roots.positive_class.empty() ||
                      !roots.normal_class.empty();
  return write_roots(out, root_file(name), needed ? to_commented_toml(fields_of(roots)) : "");
}

fs::path write_manifest(OutputFolder& out, const fs::path& name, const Manifest& manifest, bool keep_earlier) {
  if (!keep_earlier) out.require_writable({name}, kind_of_result(manifest_csv(manifest)));
  write_manifest_roots(out, name, manifest);
  const fs::path kept = keep_earlier ? out.keep_as_earlier(name) : fs::path();
  out.write(name, manifest_csv(manifest));
  return kept;
}

void write_manifest(const fs::path& file, const Manifest& manifest, bool overwrite) {
  OutputFolder folder(file.parent_path(), overwrite);
  write_manifest(folder, file.filename(), manifest);
}

fs::path manifest_file(const fs::path& data) { return fs::is_directory(data) ? data / kManifestName : data; }

void write_other_manifest(const fs::path& file, const Manifest& manifest, const fs::path& original, bool overwrite) {
  std::error_code ignored;
  if (fs::equivalent(file, original, ignored))
    throw ConfigError({file.string(), "the manifest that this one is made of", "another file",
                       "location labels are never struck out of the original"});
  write_manifest(file, manifest, overwrite);
}

fs::path rewrite_groups(const fs::path& file, const Manifest& manifest) {
  std::unordered_map<std::string, std::string> groups;
  for (const Sample& sample : manifest.samples) groups.emplace(sample.id, sample.group);
  CsvTable table = read_csv(file);
  const auto id = static_cast<std::size_t>(table.require_column("id"));
  if (table.find_column("group") < 0) {
    table.columns.emplace_back("group");
    for (std::vector<std::string>& row : table.rows) row.emplace_back();
  }
  const auto group = static_cast<std::size_t>(table.find_column("group"));
  bool changed = false;
  for (std::vector<std::string>& row : table.rows) {
    const auto found = groups.find(trim(row[id]));
    if (found == groups.end() || trim(row[group]) == found->second) continue;
    row[group] = found->second;
    changed = true;
  }
  if (!changed) return {};
  // It is written with commas, which no number may have then.
  for (const char* name : {"boxes", "spacing_x_mm", "spacing_y_mm", "crop"})
    if (const std::int64_t column = table.find_column(name); column >= 0)
      for (std::vector<std::string>& row : table.rows)
        row[static_cast<std::size_t>(column)] = table.with_decimal_points(row[static_cast<std::size_t>(column)]);
  OutputFolder folder(file.parent_path());
  const fs::path kept = folder.keep_as_earlier(file.filename());
  folder.write(file.filename(), to_csv(table.columns, table.rows));
  return kept;
}

Mask read_sample_mask(const Manifest& manifest, const Sample& sample, const std::string& mask) {
  const fs::path file = manifest.mask_path(mask);
  const auto values = sample.extra.find(kMaskValuesColumn);
  if (values == sample.extra.end() || values->second.empty()) return read_mask(file);
  return read_mask_values(file, parse_mask_values(values->second, manifest.place() + ": mask_values")).mask;
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
    const Mask mask = read_sample_mask(manifest, sample, path);
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
    if (const auto values = sample.extra.find(kMaskValuesColumn);
        values != sample.extra.end() && !values->second.empty())
      cells.push_back(values->second);
    for (const std::string& mask : sample.masks) cells.push_back(sha256_file(manifest.mask_path(mask)));
    digest.update(join_text(cells, "\t") + "\n");
  }
  return digest.hex();
}

}  // namespace lanet
