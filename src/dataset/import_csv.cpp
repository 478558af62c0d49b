#include <algorithm>
#include <map>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// All rows of one image.
struct Entry {
  std::string image;
  std::string class_name;
  std::string place;
  std::vector<Box> boxes;
  std::int64_t specks = 0;
};

/// Nearest folder, from the list's own upwards, below which the list's first image is found.
fs::path find_image_root(const CsvTable& table, const fs::path& list) {
  const std::string image =
      table.rows.empty() ? "" : table.rows[0][static_cast<std::size_t>(table.require_column("image"))];
  for (fs::path folder = fs::absolute(list).parent_path();; folder = folder.parent_path()) {
    if (!image.empty() && fs::exists(folder / image)) return folder;
    if (folder == folder.parent_path()) break;
  }
  throw DataError({list.string(), "no image '" + image + "' below its folder or one above", "the images of the list",
                   "name their folder by --image-root"});
}

/// "x1 y1 x2 y2"; all zero means: no location label.
std::optional<Box> parse_list_box(const std::string& cell, const std::string& place) {
  std::vector<double> numbers;
  for (const std::string& part : split_text(trim(cell), ' '))
    if (!part.empty()) numbers.push_back(parse_number(part, place, "box_xyxy"));
  if (numbers.empty()) return std::nullopt;
  if (numbers.size() != 4) throw DataError({place, "box_xyxy '" + cell + "'", "x1 y1 x2 y2", ""});
  const Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (box == Box{}) return std::nullopt;
  if (box.area() <= 0) throw DataError({place, "box_xyxy '" + cell + "'", "x1 < x2 and y1 < y2", ""});
  return box;
}

std::vector<Entry> read_entries(const CsvTable& table, double min_box_area, ImportReport& report) {
  const auto image = static_cast<std::size_t>(table.require_column("image"));
  const auto class_name = static_cast<std::size_t>(table.require_column("class"));
  const std::int64_t box_column = table.find_column("box_xyxy");
  std::vector<Entry> entries;
  std::map<std::string, std::size_t> known;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto& cells = table.rows[row];
    try {
      const auto [place, fresh] = known.emplace(cells[image], entries.size());
      if (fresh) entries.push_back({cells[image], trim(cells[class_name]), table.row_place(row), {}, 0});
      Entry& entry = entries[place->second];
      if (entry.class_name != trim(cells[class_name]))
        throw DataError({table.row_place(row), "class '" + trim(cells[class_name]) + "' of " + cells[image],
                         "'" + entry.class_name + "' as in its first row", ""});
      const auto box = box_column < 0
                           ? std::nullopt
                           : parse_list_box(cells[static_cast<std::size_t>(box_column)], table.row_place(row));
      if (!box) continue;
      if (box->area() < min_box_area) {
        ++entry.specks;
        report.notes.push_back(table.row_place(row) + ": a speck of " + exact(box->area()) + " px^2 dropped");
      } else {
        entry.boxes.push_back(*box);
      }
    } catch (const DataError& error) {
      report.problems.emplace_back(error.what());
    }
  }
  return entries;
}

void check_boxes(Sample& sample, const PictureSize& size, ImportReport& report) {
  const Box whole{0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
  std::erase_if(sample.boxes, [&](const Box& box) {
    const bool outside = intersect(box, whole).area() <= 0;
    if (outside) report.problems.push_back(sample.id + ": a box outside the image is dropped");
    return outside;
  });
}

}  // namespace

// The published lists of the paper's authors: image, class, box_xyxy; several rows of an image are several boxes.
Imported import_csv(const ImportOptions& options) {
  auto lists = options.subset_lists;
  if (lists.empty()) lists.emplace_back("", options.source);
  Imported imported;
  imported.manifest.folder = options.image_root;
  Split split;
  for (const auto& [subset, list] : lists) {
    const CsvTable table = read_csv(list);
    if (imported.manifest.folder.empty()) imported.manifest.folder = find_image_root(table, list);
    for (const Entry& entry : read_entries(table, options.min_box_area, imported.report)) {
      const fs::path file = imported.manifest.folder / entry.image;
      const auto size = probe_size(file, imported.report);
      if (!size) continue;
      Sample sample;
      sample.id = file.stem().string();
      sample.image = relative_to(file, imported.manifest.folder);
      sample.class_name = entry.class_name;
      sample.source = list.stem().string();
      sample.boxes = entry.boxes;
      check_boxes(sample, *size, imported.report);
      const auto masks = options.masks_beside ? masks_beside(file) : std::vector<fs::path>{};
      if (!sample.boxes.empty() && !masks.empty())
        attach_masks(sample, *size, masks, imported.manifest.folder, imported.report);
      if (sample.location == Location::kNone && !sample.boxes.empty()) sample.location = Location::kBoxes;
      if (imported.manifest.find(sample.id) >= 0) {
        imported.report.problems.push_back(Problem{entry.place, "the image '" + sample.id + "' in two lists",
                                                   "every image in one list", "the first one counts"}
                                               .line());
        continue;
      }
      if (!subset.empty()) split.subset_of[sample.id] = subset;
      imported.manifest.samples.push_back(std::move(sample));
    }
  }
  if (!split.subset_of.empty()) imported.split = std::move(split);
  return imported;
}

}  // namespace lanet
