#include "dataset/split.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/random.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

struct Subset {
  std::string name;
  double share = 0;
};

/// Samples that must stay together.
struct Group {
  std::string name;
  std::set<std::string> classes;  // of its members: groups with both classes are a stratum of their own
  std::vector<std::string> ids;
};

/// Sorted by name: independent of the manifest's order.
std::vector<Group> groups_of(const std::vector<Sample>& samples) {
  std::map<std::string, Group> groups;
  for (const Sample& sample : samples) {
    Group& group = groups[group_name(sample)];
    group.name = group_name(sample);
    group.ids.push_back(sample.id);
    group.classes.insert(sample.class_name);
  }
  std::vector<Group> list;
  for (auto& [name, group] : groups) {
    std::sort(group.ids.begin(), group.ids.end());
    list.push_back(std::move(group));
  }
  return list;
}

std::vector<Subset> subsets_of(const SplitOptions& options) {
  std::vector<Subset> subsets;
  for (std::int64_t fold = 0; fold < options.folds; ++fold)
    subsets.push_back({"fold" + std::to_string(fold), 1.0 / static_cast<double>(options.folds)});
  if (!subsets.empty()) return subsets;
  subsets = {{"train", 1 - options.val_share - options.test_share}, {"val", options.val_share}};
  if (options.test_share > 0) subsets.push_back({"test", options.test_share});
  std::erase_if(subsets, [](const Subset& subset) { return subset.share <= 0; });
  return subsets;
}

/// A few background images (of no class, or normal) may stand where there is room for them.
bool must_be_everywhere(const std::string& class_name) {
  return !class_name.empty() && class_meaning(class_name) != ClassMeaning::kNormal;
}

/// Hands the groups of one stratum out: each goes where most images are still missing.
void hand_out(const std::vector<Group>& groups, const std::vector<Subset>& subsets, Split& split) {
  std::size_t images = 0;
  for (const Group& group : groups) images += group.ids.size();
  std::vector<double> missing;
  for (const Subset& subset : subsets) missing.push_back(subset.share * static_cast<double>(images));
  for (const Group& group : groups) {
    const auto most = std::max_element(missing.begin(), missing.end());
    *most -= static_cast<double>(group.ids.size());
    for (const std::string& id : group.ids)
      split.subset_of[id] = subsets[static_cast<std::size_t>(most - missing.begin())].name;
  }
}

/// Whether its images are tested on: "test", and every fold in its turn.
bool is_tested(const std::string& subset) { return subset == "test" || subset.starts_with("fold"); }

void strike_locations(const std::vector<Sample*>& chosen, double share, std::uint64_t seed) {
  require_range("location share", share, 0, 1);
  std::map<std::string, std::vector<Sample*>> labelled;
  for (Sample* sample : chosen)
    if (sample->location == Location::kMask || sample->location == Location::kBoxes)
      labelled[sample->class_name].push_back(sample);
  for (auto& [name, list] : labelled) {
    // One order for every share: the quarter is part of the half.
    std::sort(list.begin(), list.end(), [](const Sample* a, const Sample* b) { return a->id < b->id; });
    RandomStream random(seed, "keep location", stable_hash(name));
    random.shuffle(list);
    const auto kept = static_cast<std::size_t>(std::llround(share * static_cast<double>(list.size())));
    for (std::size_t index = kept; index < list.size(); ++index) {
      list[index]->location = Location::kNone;
      list[index]->masks.clear();
      list[index]->boxes.clear();
    }
  }
}

}  // namespace

double parse_share(const std::string& text, const std::string& option) {
  const std::string word = trim(text);
  const bool percent = word.ends_with('%');
  const std::string digits = trim(percent ? word.substr(0, word.size() - 1) : word);
  double value = -1;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool number = code == std::errc() && end == digits.data() + digits.size() && std::isfinite(value);
  const double share = percent ? value / 100 : value;
  if (number && share >= 0 && share <= 1) return share;
  const bool likely_percent = number && !percent && value > 1 && value <= 100;
  throw ConfigError(
      {option, "'" + word + "'", "a share from 0 to 1, or a percentage with its sign",
       likely_percent ? "write " + exact(value / 100) + " or " + digits + "%" : "for a half write 0.5 or 50%"});
}

void SplitOptions::validate() const {
  require_range("val share", val_share, 0, 0.9);
  require_range("test share", test_share, 0, 0.9);
  require_range("val share + test share", val_share + test_share, 0, 0.95);
  require_range("folds", static_cast<double>(folds), 0, 100);
  if (folds == 1) throw ConfigError({"folds", "1", "0 for train / val / test, or at least 2", ""});
}

std::vector<std::string> Split::ids(const Manifest& manifest, const std::string& subset) const {
  std::vector<std::string> found;
  for (const Sample& sample : manifest.samples) {
    const auto entry = subset_of.find(sample.id);
    if (entry != subset_of.end() && entry->second == subset) found.push_back(sample.id);
  }
  return found;
}

Split make_split(const std::vector<Sample>& samples, const SplitOptions& options) {
  options.validate();
  const std::vector<Subset> subsets = subsets_of(options);
  std::map<std::string, std::vector<Group>> strata;
  std::map<std::string, std::set<std::string>> groups_with_class;
  for (Group& group : groups_of(samples)) {
    for (const std::string& name : group.classes) groups_with_class[name].insert(group.name);
    strata[join_text({group.classes.begin(), group.classes.end()}, "+")].push_back(std::move(group));
  }
  for (const auto& [name, groups] : groups_with_class)
    if (groups.size() < subsets.size() && must_be_everywhere(name))
      throw DataError({"class '" + name + "'", std::to_string(groups.size()) + " independent groups of images",
                       "at least one for each of " + count_of(subsets.size(), "subset", "subsets"),
                       "use fewer subsets or add images"});
  Split split;
  for (auto& [classes, groups] : strata) {
    RandomStream random(options.seed, "split", stable_hash(classes));
    random.shuffle(groups);
    hand_out(groups, subsets, split);
  }
  return split;
}

std::vector<std::string> unfilled_subsets(const std::vector<Sample>& samples, const Split& split,
                                          const SplitOptions& options) {
  std::map<std::string, std::set<std::string>> classes_in;  // by subset
  std::set<std::string> classes;
  for (const Sample& sample : samples) {
    classes_in[split.subset_of.at(sample.id)].insert(sample.class_name);
    if (must_be_everywhere(sample.class_name)) classes.insert(sample.class_name);
  }
  std::vector<std::string> lines;
  for (const Subset& subset : subsets_of(options)) {
    const std::set<std::string>& there = classes_in[subset.name];
    std::vector<std::string> missing;
    std::set_difference(classes.begin(), classes.end(), there.begin(), there.end(), std::back_inserter(missing));
    if (!there.empty() && missing.empty()) continue;
    const std::string remedy = options.folds > 0        ? "make fewer --folds"
                               : subset.name == "train" ? "lower --val or --test"
                                                        : "raise --" + subset.name + ", or use --folds";
    lines.push_back("no image" + (there.empty() ? "" : " of the class " + join_text(missing, ", ")) + " is in " +
                    subset.name + ": " + count_of(samples.size(), "image is", "images are") + " few for a share of " +
                    fixed(subset.share, 2) + "; " + remedy + ", or add images");
  }
  return lines;
}

ColumnFolds folds_by_column(const Manifest& manifest, const std::string& column) {
  std::vector<std::string> columns{"source"};
  columns.insert(columns.end(), manifest.extra_columns.begin(), manifest.extra_columns.end());
  if (std::find(columns.begin(), columns.end(), column) == columns.end())
    throw ConfigError({"--folds-by", column.empty() ? "an empty text" : column,
                       "one of the columns " + join_text(columns, ", "), ""});
  const auto value_of = [&](const Sample& sample) {
    if (column == "source") return sample.source;
    const auto found = sample.extra.find(column);
    return found == sample.extra.end() ? std::string() : found->second;
  };
  std::set<std::string> values;
  for (const Sample& sample : manifest.samples) {
    const std::string value = value_of(sample);
    if (value.empty())
      throw DataError({manifest.place(), "no " + column + " for image " + sample.id, "one for every image",
                       "fill in the column, or split without it"});
    values.insert(value);
  }
  if (values.size() < 2)
    throw DataError({manifest.place(), "one " + column + " only", "at least two to leave one out", ""});
  ColumnFolds folds;
  folds.values.assign(values.begin(), values.end());
  for (const Sample& sample : manifest.samples)
    folds.split.subset_of[sample.id] =
        "fold" + std::to_string(std::distance(values.begin(), values.find(value_of(sample))));
  return folds;
}

Split read_split(const std::filesystem::path& path) {
  const CsvTable table = read_csv(path);
  const auto id = static_cast<std::size_t>(table.require_column("id"));
  const auto subset = static_cast<std::size_t>(table.require_column("subset"));
  Split split;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string name = trim(table.rows[row][subset]);
    if (name.empty()) throw DataError({table.row_place(row), "an empty subset", "train, val, test or foldN", ""});
    if (!split.subset_of.emplace(table.rows[row][id], name).second)
      throw DataError({table.row_place(row), "the id '" + table.rows[row][id] + "' again", "ids that occur once", ""});
  }
  return split;
}

std::string split_csv(const Split& split) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [id, subset] : split.subset_of) rows.push_back({id, subset});
  return to_csv({"id", "subset"}, rows);
}

void write_split(const std::filesystem::path& path, const Split& split, bool overwrite) {
  write_output_file(path, split_csv(split), overwrite);
}

SplitLeaks find_leaks(const std::vector<Sample>& samples, const Split& split) {
  SplitLeaks leaks;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> subsets_of_group;
  std::set<std::string> known;
  std::int64_t unassigned = 0;
  for (const Sample& sample : samples) {
    known.insert(sample.id);
    const auto entry = split.subset_of.find(sample.id);
    if (entry == split.subset_of.end())
      ++unassigned;
    else
      subsets_of_group[group_name(sample)][entry->second].push_back(sample.id);
  }
  for (const auto& [group, subsets] : subsets_of_group) {
    if (subsets.size() < 2) continue;
    ++leaks.groups;
    std::vector<std::string> parts;
    for (const auto& [subset, ids] : subsets) parts.push_back(subset + ": " + join_text(ids, ", "));
    leaks.lines.push_back("group " + group + " is in " + join_text(parts, "; "));
    for (const auto& [subset, ids] : subsets)
      if (is_tested(subset)) leaks.test_images += static_cast<std::int64_t>(ids.size());
  }
  for (const auto& [id, subset] : split.subset_of)
    if (!known.count(id)) leaks.lines.push_back(id + " (" + subset + ") is not in the manifest");
  if (unassigned > 0)
    leaks.lines.push_back(count_of(static_cast<std::size_t>(unassigned), "image is", "images are") + " in no subset");
  return leaks;
}

void keep_location(std::vector<Sample>& samples, double share, std::uint64_t seed) {
  std::vector<Sample*> all;
  for (Sample& sample : samples) all.push_back(&sample);
  strike_locations(all, share, seed);
}

void keep_location(std::vector<Sample>& samples, double share, std::uint64_t seed,
                   const std::vector<std::string>& ids) {
  const std::set<std::string> wanted(ids.begin(), ids.end());
  std::vector<Sample*> chosen;
  for (Sample& sample : samples)
    if (wanted.contains(sample.id)) chosen.push_back(&sample);
  strike_locations(chosen, share, seed);
}

void masks_to_boxes(Manifest& manifest, double min_area) {
  for (Sample& sample : manifest.samples) {
    if (sample.location != Location::kMask) continue;
    const Mask first = read_sample_mask(manifest, sample, sample.masks.front());
    const auto truth = read_truth_mask(manifest, sample, first.height, first.width);
    sample.boxes.clear();
    for (const Component& component : components(*truth))
      if (component.box.area() >= min_area) sample.boxes.push_back(component.box);
    sample.masks.clear();
    sample.location = sample.boxes.empty() ? Location::kNone : Location::kBoxes;
  }
}

}  // namespace lanet
