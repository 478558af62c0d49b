#include "dataset/labelled_picture.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/label_writer.hpp"
#include "dataset/picture_finder.hpp"
#include "finding/class_meaning.hpp"
#include "finding/finding_json.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNoLesionWords = {
    "shadow",    "shadows",    "shadowing", "enhancement",    "artefact",   "artefacts", "artifact",   "artifacts",
    "caliper",   "calipers",   "calliper",  "callipers",      "marker",     "markers",   "mark",       "marks",
    "text",      "annotation", "arrow",     "ruler",          "scale",      "icon",      "logo",       "bodymark",
    "pictogram", "nipple",     "rib",       "ribs",           "muscle",     "pectoral",  "pectoralis", "skin",
    "fat",       "gland",      "glandular", "fibroglandular", "parenchyma", "tissue",    "vessel",     "vessels",
    "duct",      "ducts",      "probe",     "background",     "border",     "ignore",    "void",       "needle",
    "clip",      "implant",    "lung",      "pleura",         "schatten",   "artefakt",  "ombre",      "sombra",
    "ombra"};
constexpr std::array kLesionWords = {"lesion",    "lesions", "tumor",     "tumors",       "tumour",     "tumours",
                                     "mass",      "masses",  "nodule",    "nodules",      "cyst",       "cancer",
                                     "carcinoma", "benign",  "malignant", "fibroadenoma", "abnormality"};
constexpr std::array kUnspecific = {"lesion", "lesions", "tumor",  "tumors",  "tumour",      "tumours",
                                    "mass",   "masses",  "nodule", "nodules", "abnormality", "finding",
                                    "roi",    "object",  "region", "target"};
constexpr std::array kNormal = {"no finding", "no findings", "no lesion", "no tumor", "no tumour"};

template <class List>
bool contains(const List& list, const std::string& word) {
  return std::any_of(list.begin(), list.end(), [&](const char* entry) { return word == entry; });
}

/// Lower case, words parted by one space each.
std::string plain_label(std::string_view label) {
  std::string plain;
  for (const char letter : to_lower(label)) {
    const bool part = static_cast<unsigned char>(letter) >= 0x80 || std::isalnum(static_cast<unsigned char>(letter));
    if (part)
      plain += letter;
    else if (!plain.empty() && plain.back() != ' ')
      plain += ' ';
  }
  return trim(plain);
}

bool is_finite(const Box& box) {
  return std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) && std::isfinite(box.y2);
}

/// Coordinates this far from the picture come from other units or another picture.
bool is_near(double x, double y, const PictureSize& size) {
  const auto width = static_cast<double>(size.width), height = static_cast<double>(size.height);
  return std::isfinite(x) && std::isfinite(y) && x >= -width / 2 && x <= 1.5 * width && y >= -height / 2 &&
         y <= 1.5 * height;
}

void to_pixels(LabelShape& shape, const PictureSize& size) {
  if (!shape.in_shares) return;
  const auto width = static_cast<double>(size.width), height = static_cast<double>(size.height);
  shape.box = {shape.box.x1 * width, shape.box.y1 * height, shape.box.x2 * width, shape.box.y2 * height};
  for (auto& polygon : shape.polygons)
    for (PolygonPoint& point : polygon) point = {point.x * width, point.y * height};
  shape.in_shares = false;
}

Mask place_patch(const Mask& patch, const Box& box, const PictureSize& size) {
  Mask mask = make_mask(size.height, size.width);
  const std::int64_t left = std::llround(box.x1), top = std::llround(box.y1);
  for (std::int64_t row = std::max<std::int64_t>(0, -top); row < patch.height && top + row < size.height; ++row)
    for (std::int64_t column = std::max<std::int64_t>(0, -left); column < patch.width && left + column < size.width;
         ++column)
      if (patch.at(row, column) != 0) mask.at(top + row, left + column) = 1;
  return mask;
}

/// The location of one picture, drawn shape by shape.
class LocationDrawer {
 public:
  LocationDrawer(const PictureSize& size, double min_box_area, ImportReport& report)
      : size_(size), min_box_area_(min_box_area), report_(report) {}

  void draw(LabelShape shape) {
    to_pixels(shape, size_);
    switch (shape.kind) {
      case LabelShape::Kind::kBox:
        add_box(shape.box, shape.place);
        break;
      case LabelShape::Kind::kOutline:
        draw_outline(shape);
        break;
      case LabelShape::Kind::kRuns:
        draw_runs(shape);
        break;
      case LabelShape::Kind::kPatch:
        if (is_near(shape.box.x1, shape.box.y1, size_))
          add_mask(place_patch(shape.patch, shape.box, size_), shape.place);
        else
          leave_out(shape.place, "a mask far outside the picture");
        break;
    }
  }

  bool lost() const { return lost_; }
  bool mixed() const { return !mask_.empty() && !boxes_.empty(); }
  const std::vector<Box>& boxes() const { return boxes_; }
  /// Outlines and boxes together; empty where no outline was drawn.
  Mask mask() const { return mixed() ? unite(mask_, fill_boxes(boxes_, size_.height, size_.width)) : mask_; }

 private:
  void leave_out(const std::string& place, const std::string& got) {
    report_.problems.push_back(Problem{place, got, "an area inside the picture", "this annotation is left out"}.line());
  }

  void add_box(const Box& box, const std::string& place) {
    if (!is_finite(box) || box.area() <= 0) return leave_out(place, "a box without an area");
    const auto inside = box_inside(box, size_);
    if (!inside) return leave_out(place, "a box outside the picture");
    if (inside->area() < min_box_area_) {
      report_.notes.push_back(place + ": a box under " + exact(min_box_area_) + " px^2 dropped");
      return;
    }
    boxes_.push_back(*inside);
  }

  void add_mask(const Mask& part, const std::string& place) {
    if (part.empty() || area(part) == 0) return leave_out(place, "an outline that holds no pixel");
    mask_ = mask_.empty() ? part : unite(mask_, part);
  }

  void draw_outline(const LabelShape& shape) {
    Mask drawn;
    for (const auto& polygon : shape.polygons) {
      const bool usable = polygon.size() >= 3 && std::all_of(polygon.begin(), polygon.end(), [&](const auto& point) {
                            return is_near(point.x, point.y, size_);
                          });
      if (!usable) {
        report_.problems.push_back(Problem{shape.place,
                                           polygon.size() < 3
                                               ? "an outline of " + count_of(polygon.size(), "corner", "corners")
                                               : "a corner that is no place in the picture",
                                           "three or more corners inside the picture", "this outline is left out"}
                                       .line());
        continue;
      }
      const Mask part = fill_polygon(polygon, size_.height, size_.width);
      drawn = drawn.empty() ? part : unite(drawn, part);
    }
    if (!drawn.empty() && area(drawn) > 0) return add_mask(drawn, shape.place);
    if (is_finite(shape.box) && shape.box.area() > 0) {
      report_.notes.push_back(shape.place + ": no usable outline; its box is used");
      return add_box(shape.box, shape.place);
    }
    if (!drawn.empty()) leave_out(shape.place, "an outline that holds no pixel");
  }

  void draw_runs(const LabelShape& shape) {
    try {
      add_mask(decode_runs(shape.runs, size_.height, size_.width, shape.place), shape.place);
    } catch (const DataError& error) {
      report_.problems.emplace_back(error.what());
      lost_ = true;
    }
  }

  PictureSize size_;
  double min_box_area_;
  ImportReport& report_;
  Mask mask_;
  std::vector<Box> boxes_;
  bool lost_ = false;
};

/// Whether the picture has the size that its label file says; else a problem.
bool has_listed_size(const LabelledPicture& picture, const PictureSize& size, ImportReport& report) {
  if (!picture.size || (picture.size->height == size.height && picture.size->width == size.width)) return true;
  const bool turned = picture.size->height == size.width && picture.size->width == size.height;
  report.problems.push_back(Problem{
      picture.file.string(),
      "a picture of " + std::to_string(size.width) + " x " + std::to_string(size.height) + " px" +
          (turned ? " (upright, by its EXIF orientation if it has one)" : ""),
      std::to_string(picture.size->width) + " x " + std::to_string(picture.size->height) + " px as in " + picture.place,
      "the picture is left out"}
                                .line());
  return false;
}

/// Pictures that several label files name become one.
void unite_same_files(std::vector<LabelledPicture>& pictures, ImportReport& report) {
  std::map<fs::path, std::size_t> known;
  std::vector<LabelledPicture> united;
  std::size_t repeated = 0;
  for (LabelledPicture& picture : pictures) {
    const auto [place, fresh] = known.emplace(picture.file.lexically_normal(), united.size());
    if (fresh) {
      united.push_back(std::move(picture));
      continue;
    }
    LabelledPicture& first = united[place->second];
    ++repeated;
    first.shapes.insert(first.shapes.end(), picture.shapes.begin(), picture.shapes.end());
    first.tags.insert(first.tags.end(), picture.tags.begin(), picture.tags.end());
    first.location_lost = first.location_lost || picture.location_lost;
    if (first.subset != picture.subset && !first.subset.empty() && !picture.subset.empty())
      report.problems.push_back(Problem{picture.place, picture.name + " in " + picture.subset + " too",
                                        "each picture in one subset", "it stays in " + first.subset}
                                    .line());
    if (first.subset.empty()) first.subset = picture.subset;
  }
  if (repeated > 0)
    report.notes.push_back(count_of(repeated, "picture is", "pictures are") +
                           " listed more than once; what is said of it is united");
  pictures = std::move(united);
}

bool has_class_meaning(const std::string& label) { return is_class_word(label) || is_normal_label(label); }

ClassMeaning meaning_of(const std::string& label) {
  return is_normal_label(label) ? ClassMeaning::kNormal : class_meaning(label);
}

/// Names that are told apart; of spellings of one the first.
class ClassNames {
 public:
  void add(const std::string& name) {
    if (!trim(name).empty()) names_.emplace(folded_name(name), trim(name));
  }
  template <class Condition>
  void erase_if(const Condition& is) {
    std::erase_if(names_, [&](const auto& name) { return is(name.second); });
  }
  /// Those whose names say benign, malignant or normal, where there are any; else all.
  void prefer_known() {
    if (has_known()) erase_if([](const std::string& name) { return !has_class_meaning(name); });
  }
  bool has_known() const {
    return std::any_of(names_.begin(), names_.end(), [](const auto& name) { return has_class_meaning(name.second); });
  }
  bool empty() const { return names_.empty(); }
  /// Whether two of them say that a picture is benign, malignant or normal, and not the same of it.
  bool contradict() const {
    std::set<ClassMeaning> meanings;
    for (const auto& [folded, name] : names_)
      if (has_class_meaning(name)) meanings.insert(meaning_of(name));
    return meanings.size() > 1;
  }
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    for (const auto& name : names_) names.push_back(name.second);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::map<std::string, std::string> names_;  // by the folded name
};

/// Counted over all pictures, for one line each.
struct ClassNotes {
  std::map<std::string, std::size_t> unused_tags;   // what a tag says that is no class, where another label is one
  std::map<std::string, std::size_t> from_folders;  // "'lesion' in malignant"
};

/// The class of a picture by its tags, its shapes and its folders; "" with a problem where there are several.
std::string class_of(const LabelledPicture& picture, const fs::path& root, ImportReport& report, ClassNotes& notes) {
  ClassNames tags, of_shapes, unspecific;
  for (const std::string& tag : picture.tags) tags.add(tag);
  for (const LabelShape& shape : picture.shapes)
    (is_unspecific_label(trim(shape.label)) ? unspecific : of_shapes).add(shape.label);
  if (of_shapes.list().size() > 1)  // "normal" around healthy tissue beside a lesion says nothing of the picture
    of_shapes.erase_if([](const std::string& label) { return is_normal_label(label); });
  tags.prefer_known();
  ClassNames classes = tags;
  if (!tags.has_known() && of_shapes.has_known()) {
    for (const std::string& tag : tags.list()) ++notes.unused_tags[tag];
    classes = of_shapes;
  }
  if (tags.has_known() && of_shapes.has_known()) {
    ClassNames all = tags;
    for (const std::string& label : of_shapes.list())  // an outline of healthy tissue contradicts no tag
      if (!is_normal_label(label)) all.add(label);
    all.prefer_known();
    if (all.contradict()) classes = all;
  }
  if (classes.empty()) classes = of_shapes.empty() ? unspecific : of_shapes;
  const std::vector<std::string> names = classes.list();
  if (const std::string folder = class_of_folders(picture.file, root); !folder.empty() && !classes.has_known()) {
    ++notes.from_folders[(names.empty() ? "no label" : "'" + join_text(names, "', '") + "'") + " in " + folder];
    return folder;
  }
  if (names.size() < 2) return names.empty() ? "" : names.front();
  report.problems.push_back(Problem{picture.place, picture.name + " with the classes " + join_text(names, ", "),
                                    "one class a picture", "it is imported without class"}
                                .line());
  return "";
}

void add_class_notes(const ClassNotes& notes, ImportReport& report) {
  for (const auto& [tag, count] : notes.unused_tags)
    report.notes.push_back("the choice or tag '" + tag + "' of " + count_of(count, "picture", "pictures") +
                           " is not taken for the class, because another label is one");
  for (const auto& [what, count] : notes.from_folders)
    report.notes.push_back(what + ": the class of " + count_of(count, "picture", "pictures") +
                           " is that of the folder");
}

}  // namespace

void LabelFile::refuse(const std::string& place, const std::string& got, const std::string& expected,
                       const std::string& remedy) {
  report.problems.push_back(Problem{place, got, expected, remedy}.line());
}

bool is_no_lesion_label(std::string_view label) {
  bool other = false;
  for (const std::string& word : split_text(plain_label(label), ' ')) {
    if (contains(kLesionWords, word)) return false;
    other = other || contains(kNoLesionWords, word);
  }
  return other;
}

bool is_unspecific_label(std::string_view label) { return contains(kUnspecific, plain_label(label)); }

bool is_normal_label(std::string_view label) {
  return class_meaning(label) == ClassMeaning::kNormal || contains(kNormal, plain_label(label));
}

std::optional<Box> box_inside(const Box& box, const PictureSize& size) {
  if (!is_finite(box) || !is_near(box.x1, box.y1, size) || !is_near(box.x2, box.y2, size)) return std::nullopt;
  const Box inside = intersect(box, {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)});
  return inside.area() > 0 ? std::optional(inside) : std::nullopt;
}

std::string class_of_folders(const fs::path& file, const fs::path& root) {
  std::string found;
  for (const fs::path& part : fs::path(relative_to(file.parent_path(), root)))
    if (is_class_word(part.string())) found = part.string();
  return found;
}

double number_of_text(std::string_view text) {
  const std::string plain = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  return error == std::errc() && end == plain.data() + plain.size() ? number : std::nan("");
}

std::string subset_of_name(const std::string& name) {
  std::string words = plain_label(name);
  for (char& letter : words)
    if (std::isdigit(static_cast<unsigned char>(letter))) letter = ' ';
  for (const std::string& word : split_text(words, ' ')) {
    if (word == "train" || word == "training") return "train";
    if (word == "val" || word == "valid" || word == "validation") return "val";
    if (word == "test" || word == "testing") return "test";
  }
  return "";
}

fs::path data_root(const ImportOptions& options) {
  if (!options.image_root.empty()) return fs::absolute(options.image_root).lexically_normal();
  fs::path root = fs::absolute(options.source).lexically_normal();
  if (!fs::is_directory(root) || !root.has_filename()) root = root.parent_path();
  std::error_code code, ignored;
  for (const auto& entry : fs::directory_iterator(root, code)) {
    const std::string name = entry.path().filename().string();
    // What an earlier import or audit of this folder left does not make it another one.
    if (name.starts_with('.') || name == "masks" || carries_lanet_mark(entry.path())) continue;
    if (entry.is_directory(ignored) || has_image_extension(entry.path())) return root;
  }
  return code ? root : root.parent_path();
}

std::string source_name(const fs::path& source) {
  fs::path named = fs::absolute(source).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  return fs::is_directory(named) ? named.filename().string() : named.stem().string();
}

Imported import_labelled(LabelFile labels, const fs::path& root, const ImportOptions& options) {
  LabelWriter writer(options.out, options.overwrite);
  Imported imported;
  imported.report = std::move(labels.report);
  imported.manifest.folder = root;
  PictureFinder finder(root);
  std::erase_if(labels.pictures, [&](LabelledPicture& picture) {
    if (picture.file.empty()) {
      const auto file = finder.find(picture.name, picture.beside, picture.place, imported.report);
      if (!file) return true;
      picture.file = *file;
    }
    return false;
  });
  unite_same_files(labels.pictures, imported.report);
  std::vector<fs::path> files;
  for (const LabelledPicture& picture : labels.pictures) files.push_back(relative_to(picture.file, root));
  const std::vector<std::string> ids = distinct_ids(files);
  std::map<std::string, std::int64_t> no_lesion;
  std::int64_t mixed = 0;
  ClassNotes class_notes;
  Split split;
  std::set<std::string> subsets;
  for (std::size_t index = 0; index < labels.pictures.size(); ++index) {
    LabelledPicture& picture = labels.pictures[index];
    const auto size = probe_size(picture.file, imported.report);
    if (!size || !has_listed_size(picture, *size, imported.report)) continue;
    std::erase_if(picture.shapes, [&](const LabelShape& shape) {
      if (!is_no_lesion_label(shape.label)) return false;
      ++no_lesion[trim(shape.label)];
      return true;
    });
    std::erase_if(picture.tags, [](const std::string& tag) { return is_no_lesion_label(tag); });
    Sample sample;
    sample.id = ids[index];
    sample.image = files[index].generic_string();
    sample.class_name = class_of(picture, root, imported.report, class_notes);
    sample.group = picture.group;
    sample.source = source_name(options.source);
    LocationDrawer drawer(*size, options.min_box_area, imported.report);
    for (LabelShape& shape : picture.shapes)
      if (!is_normal_label(shape.label)) drawer.draw(std::move(shape));
    const bool lost = drawer.lost() || picture.location_lost;
    const Mask mask = drawer.mask();
    if (lost)
      imported.report.notes.push_back(sample.id +
                                      ": imported without location, because an annotation of it could not be read");
    else if (!mask.empty())
      writer.draw_mask(sample, mask);
    else if (!drawer.boxes().empty())
      sample.boxes = drawer.boxes();
    if (!sample.boxes.empty()) sample.location = Location::kBoxes;
    const bool nothing_there = !lost && sample.location == Location::kNone;
    if (nothing_there && (is_normal_label(sample.class_name) || picture.known_empty))
      sample.location = Location::kEmpty;
    mixed += drawer.mixed() && !lost;
    if (!picture.subset.empty()) split.subset_of[sample.id] = picture.subset;
    subsets.insert(picture.subset);
    imported.manifest.samples.push_back(std::move(sample));
  }
  add_class_notes(class_notes, imported.report);
  for (const auto& [label, count] : no_lesion)
    imported.report.notes.push_back(count_of(static_cast<std::size_t>(count), "annotation '", "annotations '") + label +
                                    (count == 1 ? "' is no lesion and is not part of the masks"
                                                : "' are no lesions and are not part of the masks"));
  if (mixed > 0)
    imported.report.notes.push_back(count_of(static_cast<std::size_t>(mixed), "picture has", "pictures have") +
                                    " boxes beside outlines; the boxes are filled into the mask");
  if (writer.has_drawn()) imported.manifest.mask_folder = options.out;
  subsets.erase("");
  if (subsets.size() > 1) imported.split = std::move(split);
  if (subsets.size() == 1)
    imported.report.notes.push_back("all pictures with a subset are in '" + *subsets.begin() +
                                    "'; no split is written");
  return imported;
}

}  // namespace lanet
