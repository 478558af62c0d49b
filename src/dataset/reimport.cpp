#include "dataset/reimport.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLogFile = "import.log";
constexpr const char* kOtherLogFile = "lanet-import.log";  // where another program's lies in the way
constexpr std::size_t kMostNames = 5;

using Positions = std::unordered_map<std::string, const Sample*>;

Positions positions_of(const Manifest& manifest) {
  Positions positions;
  for (const Sample& sample : manifest.samples) positions.emplace(sample.id, &sample);
  return positions;
}

bool same_location(const Sample& one, const Sample& two) {
  return one.location == two.location && one.masks == two.masks && one.boxes == two.boxes;
}

bool same_spacing(const std::optional<PixelSpacing>& one, const std::optional<PixelSpacing>& two) {
  return one.has_value() == two.has_value() && (!one || (one->x_mm == two->x_mm && one->y_mm == two->y_mm));
}

/// "3 images keep their class: a, b, c".
void note(std::vector<std::string>& lines, const std::vector<std::string>& ids, const std::string& what,
          const std::string& what_of_one) {
  if (ids.empty()) return;
  const std::size_t shown = std::min(ids.size(), kMostNames);
  const std::vector<std::string> first(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shown));
  lines.push_back(count_of(ids.size(), "image", "images") + " " + (ids.size() == 1 ? what_of_one : what) + ": " +
                  join_text(first, ", ") + (ids.size() > shown ? " ..." : ""));
}

using IsChanged = std::function<bool(const fs::path&)>;

/// What was kept, for the report.
struct Kept {
  std::vector<std::string> classes, locations, groups, own_rows, gone, not_imported, back;
};

/// The masks' paths of `old` as seen from the folders of `fresh`; nothing where they cannot be named from there.
std::optional<std::vector<std::string>> moved_masks(const Manifest& old, const Sample& sample, const Manifest& fresh) {
  const fs::path root = fs::weakly_canonical(fresh.mask_path(""));
  std::vector<std::string> masks;
  for (const std::string& mask : sample.masks) {
    const fs::path moved = fs::weakly_canonical(old.mask_path(mask)).lexically_relative(root);
    if (moved.empty() || *moved.begin() == "..") return std::nullopt;
    masks.push_back(moved.generic_string());
  }
  return masks;
}

std::optional<std::string> moved_image(const Manifest& old, const Sample& sample, const Manifest& fresh) {
  const fs::path moved =
      fs::weakly_canonical(old.image_path(sample)).lexically_relative(fs::weakly_canonical(fresh.folder));
  if (moved.empty() || *moved.begin() == "..") return std::nullopt;
  return moved.generic_string();
}

void take_over(const Manifest& old, const Sample& before, const Sample& base, const Manifest& fresh,
               const IsChanged& is_changed, Sample& sample, Kept& kept) {
  if (!before.group.empty() && before.group != base.group && before.group != sample.group) {
    sample.group = before.group;
    kept.groups.push_back(sample.id);
  }
  if (before.class_name != base.class_name && before.class_name != sample.class_name) {
    sample.class_name = before.class_name;
    kept.classes.push_back(sample.id);
  }
  const bool repainted = is_changed && std::any_of(before.masks.begin(), before.masks.end(),
                                                   [&](const auto& mask) { return is_changed(old.mask_path(mask)); });
  if ((repainted || !same_location(before, base)) && !same_location(before, sample))
    if (const auto masks = moved_masks(old, before, fresh)) {
      sample.location = before.location;
      sample.boxes = before.boxes;
      sample.masks = *masks;
      kept.locations.push_back(sample.id);
    }
  if (!same_spacing(before.spacing, base.spacing)) sample.spacing = before.spacing;
  if (before.crop != base.crop) sample.crop = before.crop;
  for (const auto& [column, value] : before.extra) {
    const auto imported = base.extra.find(column);
    const bool changed = imported == base.extra.end() || imported->second != value;
    if (changed || !sample.extra.contains(column)) sample.extra[column] = value;
  }
}

/// Rows of the old list that the source does not have.
void take_over_rows(const Manifest& old, const Positions* imported, const Positions& known, Manifest& fresh,
                    Kept& kept) {
  for (const Sample& sample : old.samples) {
    if (known.contains(sample.id)) continue;
    const bool made_by_import = imported && imported->contains(sample.id);
    std::error_code ignored;
    const bool there = fs::exists(old.image_path(sample), ignored);
    if (made_by_import || !there) {
      (there ? kept.not_imported : kept.gone).push_back(sample.id);
      continue;
    }
    const auto image = moved_image(old, sample, fresh);
    const auto masks = moved_masks(old, sample, fresh);
    if (!image || !masks)
      throw InTheWay({sample.id, "a row of the manifest that is there, whose picture does not lie below the new source",
                      "a folder of its own for each data set",
                      "choose another --out, or give --overwrite to have that manifest moved aside"});
    Sample own = sample;
    own.image = *image;
    own.masks = *masks;
    fresh.samples.push_back(std::move(own));
    kept.own_rows.push_back(sample.id);
  }
}

}  // namespace

Manifest merge_reimport(const Manifest& old, Manifest fresh, const Manifest* imported, ImportReport& report,
                        const IsChanged& is_changed) {
  Kept kept;
  const Positions before = positions_of(old);
  std::optional<Positions> base;
  if (imported) base = positions_of(*imported);
  for (const std::string& column : old.extra_columns)
    if (std::find(fresh.extra_columns.begin(), fresh.extra_columns.end(), column) == fresh.extra_columns.end())
      fresh.extra_columns.push_back(column);
  for (Sample& sample : fresh.samples) {
    const auto found = before.find(sample.id);
    if (found == before.end()) {
      if (base && base->contains(sample.id)) kept.back.push_back(sample.id);
      continue;
    }
    const Sample source = sample;
    const Sample* last = &source;
    if (base)
      if (const auto known = base->find(sample.id); known != base->end()) last = known->second;
    take_over(old, *found->second, *last, fresh, is_changed, sample, kept);
  }
  const Positions known = positions_of(fresh);
  take_over_rows(old, base ? &*base : nullptr, known, fresh, kept);
  const std::vector<std::string> classes = class_names(fresh.samples);
  if (fresh.positive_class.empty()) fresh.positive_class = same_class(classes, old.positive_class);
  if (fresh.normal_class.empty()) fresh.normal_class = same_class(classes, old.normal_class);
  std::vector<std::string> lines;  // first among the notes: they are of what people did
  note(lines, kept.back,
       "that the manifest had no longer are listed again, because the source has them (--only LIST or --classes OLD= "
       "leaves images out)",
       "that the manifest had no longer is listed again, because the source has it (--only LIST or --classes OLD= "
       "leaves images out)");
  note(lines, kept.classes, "keep the class that the manifest has, not the source's",
       "keeps the class that the manifest has, not the source's");
  note(lines, kept.locations, "keep the masks or boxes that the manifest has, not the source's",
       "keeps the masks or boxes that the manifest has, not the source's");
  note(lines, kept.groups, "keep their group", "keeps its group");
  note(lines, kept.own_rows, "of the manifest alone stay in it", "of the manifest alone stays in it");
  note(lines, kept.gone, "of the earlier manifest are not in the source any longer",
       "of the earlier manifest is not in the source any longer");
  note(lines, kept.not_imported,
       "of the earlier manifest were not imported this time, though their pictures are there (left out by an option or "
       "with a problem), and are not in the new one",
       "of the earlier manifest was not imported this time, though its picture is there (left out by an option or with "
       "a problem), and is not in the new one");
  report.notes.insert(report.notes.begin(), lines.begin(), lines.end());
  return fresh;
}

namespace {

/// The manifest that lies there; nothing where there is none. Throws InTheWay for a file that is none.
std::optional<Manifest> manifest_there(const fs::path& file, bool overwrite) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(file, ignored))) return std::nullopt;
  try {
    return read_manifest(file);
  } catch (const Error& error) {
    if (overwrite) return std::nullopt;
    throw InTheWay({file.string(), "a file that is no readable manifest", "room for the manifest",
                    "choose another --out, or give --overwrite to have it moved aside"});
  }
}

/// What the import before this one found; nothing where there is no such file. Throws InTheWay for a file of another
/// origin.
std::optional<Manifest> imported_before(const OutputFolder& out, bool overwrite) {
  const fs::path file = out.path() / kImportedName;
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(file, ignored))) return std::nullopt;
  try {
    return parse_manifest(read_csv(file), out.path());
  } catch (const Error&) {
    if (overwrite || OutputFolder(out.path()).may_write(kImportedName)) return std::nullopt;
    throw InTheWay({file.string(), "a file that lanet did not write", "room for what the import found",
                    "choose another --out, or give --overwrite to have it moved aside"});
  }
}

/// Whether the list there says the same.
bool holds_split(const fs::path& file, const Split& split) {
  try {
    return fs::exists(file) && read_split(file).subset_of == split.subset_of;
  } catch (const Error&) {
    return false;  // damaged, or something else
  }
}

/// Whether a split may take the place of what lies there: nothing, the same list, or one that lanet wrote.
bool may_replace_split(const fs::path& file, const Split& split, bool overwrite) {
  return overwrite || holds_split(file, split) || OutputFolder(file.parent_path()).may_write(file.filename());
}

/// Whether another list of the user's lies there, which goes before the source's. Throws InTheWay for a file that is no
/// list of subsets.
bool has_split_of_user(const fs::path& file, const Split& split, bool overwrite) {
  if (may_replace_split(file, split, overwrite)) return false;
  try {
    read_split(file);
    return true;
  } catch (const Error&) {
    throw InTheWay({file.string(), "a file that is no list of id and subset", "room for the split",
                    "choose another place for it, or give --overwrite to have it moved aside"});
  }
}

std::string import_log(const ImportReport& report) {
  std::string text = "# Written by lanet data import\n";
  if (!report.taken_for.empty()) text += "taken for: " + report.taken_for + "\n";
  for (const std::string& line : report.unused) text += "not used: " + line + "\n";
  for (const std::string& line : report.problems) text += "problem: " + line + "\n";
  for (const std::string& line : report.notes) text += "note: " + line + "\n";
  return text;
}

}  // namespace

ClassRoles settle_import_roles(Manifest& manifest, const fs::path& folder, const std::string& positive,
                               const std::string& normal) {
  const fs::path there = folder / kManifestName;
  const std::vector<std::string> classes = class_names(manifest.samples);
  if (fs::exists(there)) {
    try {
      const Manifest old = read_manifest(there);
      manifest.positive_class = same_class(classes, old.positive_class);
      manifest.normal_class = same_class(classes, old.normal_class);
    } catch (const Error&) {
      // store_import says what lies there
    }
  }
  return settle_roles(manifest, folder.string(), positive, normal);
}

void require_replaceable_split(const fs::path& file, const Split& split, bool overwrite) {
  if (!may_replace_split(file, split, overwrite))
    throw InTheWay({file.string(), "a file that lanet did not write, or that was changed since", "room for the split",
                    "choose another place for it, or give --overwrite to have it moved aside"});
}

fs::path publish_split(const fs::path& file, const Split& split, bool overwrite) {
  require_replaceable_split(file, split, overwrite);
  if (holds_split(file, split)) return {};
  OutputFolder folder(file.parent_path(), overwrite);
  const fs::path kept = folder.keep_as_earlier(file.filename());
  folder.write(file.filename(), split_csv(split));
  return kept;
}

StoredImport store_import(Imported& imported, const fs::path& folder, bool overwrite) {
  StoredImport stored;
  stored.manifest = folder / kManifestName;
  OutputFolder out(folder, overwrite);
  const std::optional<Manifest> old = manifest_there(stored.manifest, overwrite);
  const bool own_split = imported.split && has_split_of_user(folder / kSplitName, *imported.split, overwrite);
  const std::string found = manifest_csv(imported.manifest);
  const std::optional<Manifest> before = imported_before(out, overwrite);
  if (old && !overwrite) {
    // Masks that an earlier import drew here and somebody painted on since are a correction.
    const auto is_changed = [&](const fs::path& mask) {
      const fs::path name = fs::weakly_canonical(mask).lexically_relative(fs::weakly_canonical(folder));
      return !name.empty() && *name.begin() != ".." && out.was_changed(name);
    };
    imported.manifest =
        merge_reimport(*old, imported.manifest, before ? &*before : nullptr, imported.report, is_changed);
  }
  const bool same = old && manifest_csv(imported.manifest) == manifest_csv(*old);
  if (const fs::path kept = write_manifest_roots(out, kManifestName, imported.manifest); !kept.empty())
    stored.lines.push_back("the earlier settings of the manifest are kept as " + (folder / kept).string());
  if (!same)
    if (const fs::path kept = write_manifest(out, kManifestName, imported.manifest, true); !kept.empty())
      stored.lines.push_back("the earlier manifest is kept as " + (folder / kept).string());
  if (!before)
    if (const fs::path kept = out.keep_as_earlier(kImportedName); !kept.empty())
      stored.lines.push_back("a file that was there is kept as " + (folder / kept).string());
  OutputFolder(folder, true).write(kImportedName, found);
  if (own_split)
    stored.lines.push_back((folder / kSplitName).string() +
                           " stays as it is, because lanet did not write it: the subsets of the source are not taken "
                           "over (--overwrite has it moved aside)");
  else if (imported.split)
    if (const fs::path kept = publish_split(folder / kSplitName, *imported.split, overwrite); !kept.empty())
      stored.lines.push_back("another split was there; it is kept as " + (folder / kept).string());
  for (const char* name : {kLogFile, kOtherLogFile}) {
    if (!out.may_write(name)) continue;
    out.write(name, import_log(imported.report));
    stored.log = folder / name;
    break;
  }
  return stored;
}

}  // namespace lanet
