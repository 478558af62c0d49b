#include <algorithm>
#include <map>
#include <set>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/csv_list.hpp"
#include "dataset/labelled_picture.hpp"
#include "dataset/picture_finder.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// The list's folder, else the one above it, below which one of the list's first images is found.
fs::path find_image_root(const CsvList& entries, const fs::path& list, const ImportReport& report) {
  if (entries.entries.empty())
    throw DataError(
        {list.string(),
         report.problems.empty() ? "a list with a header and no row" : "a list without a row that can be read",
         "a row for each image", report.problems.empty() ? "" : report.problems.front()});
  constexpr std::size_t kLooked = 20;
  const std::size_t looked = std::min(kLooked, entries.entries.size());
  const fs::path own = fs::absolute(list).lexically_normal().parent_path();
  for (const fs::path& folder : {own, own.parent_path()})
    for (std::size_t entry = 0; entry < looked; ++entry) {
      const fs::path named(plain_path(entries.entries[entry].image));
      const fs::path file = (folder / named).lexically_normal();
      std::error_code code;
      if (!fs::is_regular_file(file, code) || !lies_below(file, own.parent_path())) continue;
      // "../images/a.png" lies below the parent of the list's folder.
      return lies_below(file, folder) ? folder : own.parent_path();
    }
  PictureFinder finder(own);  // paths of another machine
  ImportReport unused;
  for (std::size_t entry = 0; entry < looked; ++entry)
    if (finder.find(entries.entries[entry].image, own, "", unused)) return own;
  throw DataError({list.string(),
                   "no image '" + entries.entries.front().image + "' below its folder or the one above it",
                   "the images of the list", "name their folder by --image-root"});
}

CsvTable read_list(const fs::path& list, ImportReport& report) {
  const std::string bytes = read_text_file(list);
  const DecodedText decoded = decode_text(bytes);
  if (const std::string note = encoding_note(decoded, list.string()); !note.empty()) report.notes.push_back(note);
  CsvTable table = parse_csv(decoded.text, list.string(), &report.problems);
  if (table.delimiter != ',')
    report.notes.push_back(list.string() + " is read with " + (table.delimiter == ';' ? "semicolons" : "tabs") +
                           " between its cells");
  return table;
}

/// Boxes that reach beyond the image are cut; one outside of it is dropped.
void check_boxes(Sample& sample, const PictureSize& size, const std::string& place, double min_box_area,
                 ImportReport& report) {
  std::vector<Box> inside;
  for (const Box& box : sample.boxes) {
    const auto part = box_inside(box, size);
    if (!part)
      report.problems.push_back(Problem{place,
                                        "a box that lies outside of " + sample.id + " (" + std::to_string(size.width) +
                                            " x " + std::to_string(size.height) + " px), or far beyond it",
                                        "pixels of the picture", "the box is dropped"}
                                    .line());
    else if (part->area() < min_box_area)
      report.notes.push_back(place + ": a speck of " + exact(part->area()) + " px^2 dropped");
    else
      inside.push_back(*part);
  }
  sample.boxes = std::move(inside);
}

/// A mask of a list: beside the list, or below the image root.
std::optional<fs::path> find_mask(const std::string& name, const fs::path& list, const fs::path& root) {
  const fs::path beside = fs::absolute(list).lexically_normal().parent_path();
  for (const fs::path& base : {root, beside})
    for (const std::string& spelling : {name, plain_path(name)}) {
      const fs::path file = (base / spelling).lexically_normal(), relative = file.lexically_relative(root);
      std::error_code code;
      if (!relative.empty() && *relative.begin() != ".." && fs::is_regular_file(file, code)) return file;
    }
  return std::nullopt;
}

class CsvImport {
 public:
  explicit CsvImport(const ImportOptions& options) : options_(options) {}

  void add(const std::string& subset, const fs::path& list) {
    const CsvTable table = read_list(list, report());
    CsvList entries = read_csv_list(table, options_.min_box_area, report());
    fs::path& root = imported_.manifest.folder;
    if (root.empty())
      root = options_.image_root.empty() ? find_image_root(entries, list, report())
                                         : fs::absolute(options_.image_root).lexically_normal();
    if (!finder_) finder_.emplace(root);
    for (const std::string& column : entries.extra_columns) {
      auto& columns = imported_.manifest.extra_columns;
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    }
    for (CsvEntry& entry : entries.entries) {
      if (!subset.empty()) entry.subset = subset;
      const auto file = finder_->find(entry.image, fs::absolute(list).parent_path(), entry.place, report());
      if (!file) continue;
      if (!files_.insert(*file).second) {
        report().problems.push_back(Problem{entry.place, "the image '" + entry.image + "' again",
                                            "every image in one list", "the first one counts"}
                                        .line());
        continue;
      }
      found_.push_back({std::move(entry), *file, list, entries.has_classes});
    }
  }

  Imported finish() {
    std::vector<fs::path> paths;
    for (const Found& found : found_) paths.push_back(relative_to(found.file, imported_.manifest.folder));
    const auto ids = distinct_ids(paths);
    Split split;
    const bool own_ids = has_distinct_ids();
    for (std::size_t index = 0; index < found_.size(); ++index) {
      const Found& found = found_[index];
      const auto size = probe_size(found.file, report());
      if (!size) continue;
      if (found.entry.size && (found.entry.size->height != size->height || found.entry.size->width != size->width)) {
        report().problems.push_back(
            Problem{found.file.string(),
                    "a picture of " + std::to_string(size->width) + " x " + std::to_string(size->height) + " px",
                    std::to_string(found.entry.size->width) + " x " + std::to_string(found.entry.size->height) +
                        " px as in " + found.entry.place,
                    "the picture is left out"}
                .line());
        continue;
      }
      Sample sample = labelled(found, *size);
      sample.id = own_ids ? found.entry.id : ids[index];
      sample.image = paths[index].generic_string();
      if (!found.entry.subset.empty()) split.subset_of[sample.id] = found.entry.subset;
      imported_.manifest.samples.push_back(std::move(sample));
    }
    if (classes_of_folders_ > 0)
      report().notes.push_back("no column 'class': the class of " +
                               count_of(classes_of_folders_, "picture", "pictures") + " is that of the folder");
    if (!split.subset_of.empty()) imported_.split = std::move(split);
    return std::move(imported_);
  }

 private:
  struct Found {
    CsvEntry entry;
    fs::path file;
    fs::path list;
    bool has_classes;
  };

  ImportReport& report() { return imported_.report; }

  /// Whether the column `id` names each picture once; else the file names do.
  bool has_distinct_ids() {
    std::set<std::string> ids;
    for (const Found& found : found_) ids.insert(found.entry.id);
    if (ids.empty() || (ids.size() == 1 && ids.count("") != 0)) return false;
    if (ids.size() == found_.size() && ids.count("") == 0) return true;
    report().notes.push_back("the column 'id' does not name each picture once; ids are made of the file names");
    return false;
  }

  Sample labelled(const Found& found, const PictureSize& size) {
    const CsvEntry& entry = found.entry;
    const fs::path& root = imported_.manifest.folder;
    Sample sample;
    sample.id = entry.image;  // for messages until it has its own
    sample.class_name = entry.class_name;
    sample.group = entry.group;
    sample.source = entry.source.empty() ? found.list.stem().string() : entry.source;
    sample.spacing = entry.spacing;
    sample.crop = entry.crop;
    sample.extra = entry.extra;
    sample.boxes = entry.boxes;
    if (sample.class_name.empty() && !found.has_classes) {
      sample.class_name = class_of_folders(found.file, root);
      if (!sample.class_name.empty()) ++classes_of_folders_;
    }
    check_boxes(sample, size, entry.place, options_.min_box_area, report());
    std::vector<fs::path> masks;
    bool complete = true;
    for (const std::string& name : entry.masks) {
      const auto mask = find_mask(name, found.list, root);
      if (mask) {
        masks.push_back(*mask);
        continue;
      }
      complete = false;
      report().problems.push_back(Problem{entry.place, "no mask '" + name + "'", "a file below " + root.string(),
                                          "the image is imported without location"}
                                      .line());
    }
    if (entry.masks.empty() && options_.masks_beside && !sample.boxes.empty()) masks = masks_beside(found.file);
    if (complete && !masks.empty()) attach_masks(sample, size, masks, root, report());
    if (!entry.masks.empty() && sample.location == Location::kNone) {
      sample.boxes.clear();  // a box beside a mask that is missing is not the whole truth
      return sample;
    }
    if (sample.location == Location::kNone && !sample.boxes.empty()) sample.location = Location::kBoxes;
    const bool known_empty = entry.location == "empty" || is_normal_label(sample.class_name);
    if (sample.location == Location::kNone && known_empty) sample.location = Location::kEmpty;
    if (entry.location == "none") {
      sample.location = Location::kNone;
      sample.masks.clear();
      sample.boxes.clear();
    }
    return sample;
  }

  const ImportOptions& options_;
  Imported imported_;
  std::optional<PictureFinder> finder_;
  std::set<fs::path> files_;
  std::vector<Found> found_;
  std::size_t classes_of_folders_ = 0;
};

}  // namespace

// Lists of images with what is known of them, one row an image or a box (docs/formats.md, "Lists").
Imported import_csv(const ImportOptions& options) {
  auto lists = options.subset_lists;
  if (lists.empty()) lists.emplace_back("", options.source);
  CsvImport import(options);
  for (const auto& [subset, list] : lists) import.add(subset, list);
  return import.finish();
}

}  // namespace lanet
