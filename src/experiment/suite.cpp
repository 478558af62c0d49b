#include "experiment/suite.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/preset.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "dataset/classes.hpp"
#include "dataset/split.hpp"
#include "network/backbone.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuiteFolder = "configs/experiments";
constexpr std::size_t kDigestDigits = 10;

struct HeadSettings {
  const char* name;
  std::vector<std::string> settings;
};
const std::vector<HeadSettings>& heads() {
  static const std::vector<HeadSettings> table{
      {"vanilla", {"network.head=vanilla", "stage1.epochs=0"}},
      {"rmtl", {"network.head=rmtl", "stage1.epochs=0", "network.rmtl_decoder=deconvolution"}},
      {"rmtl_code", {"network.head=rmtl", "stage1.epochs=0", "network.rmtl_decoder=bilinear"}},
      {"la_net", {"network.head=la_net"}},
      {"no_cam", {"network.head=la_net", "network.channel_attention=false"}},
      {"no_sam", {"network.head=la_net", "network.spatial_attention=false"}},
      {"no_mam", {"network.head=la_net", "network.mask_attention=false"}},
      {"pyramid", {"network.head=pyramid"}},
      {"unet",
       {"network.head=unet", "stage1.epochs=0", "network.mask_attention=false", "network.mask_level=1",
        "stage2.class_weight=0.0", "stage2.choose=loss"}}};
  return table;
}

/// A data set as far as a grid depends on it.
struct DataFacts {
  std::string digest;
  std::set<std::string> subsets;
};

DataFacts read_facts(const std::string& data, const SettingTexts& settings) {
  const Manifest manifest = read_manifest(data);
  std::vector<std::string> ids;
  for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
  const std::string quoted = settings.at("data.split");
  const std::string named = quoted.substr(1, quoted.size() - 2);
  const fs::path folder = fs::is_directory(data) ? fs::path(data) : fs::path(data).parent_path();
  const fs::path split_file = named.empty() ? folder / "split.csv" : fs::path(named);
  if (!fs::exists(split_file))
    throw DataError(
        {split_file.string(), "no such file", "a list of id and subset", "make one with `lanet data split`"});
  DataFacts facts;
  facts.digest = sha256_hex(fingerprint(manifest, ids) + read_text_file(split_file));
  for (const auto& [id, subset] : read_split(split_file).subset_of) facts.subsets.insert(subset);
  return facts;
}

void check_fold(const Cell& cell, const DataFacts& facts) {
  const std::string wanted = cell.fold < 0 ? "test" : "fold" + std::to_string(cell.fold);
  if (!facts.subsets.contains(wanted))
    throw DataError({cell.data, "a split of " + join_text({facts.subsets.begin(), facts.subsets.end()}, ", "),
                     "a subset " + wanted,
                     cell.fold < 0 ? "give the suite `folds`, or split with --test" : "split with --folds"});
}

std::string number_text(double value) {
  return value == std::round(value) ? std::to_string(static_cast<std::int64_t>(value)) : exact(value);
}

void apply_axes(Cell& cell, const SettingTexts& base, const std::vector<std::string>& assignments) {
  cell.settings = base;
  const auto assign = [&](const std::string& text) { assign_setting_text(cell.settings, text); };
  assign("network.backbone=" + cell.backbone);
  assign("input_size=" + std::to_string(cell.size));
  assign("data.location_share=" + exact(cell.location_share));
  assign(std::string("data.as_boxes=") + (cell.labels == "boxes" ? "true" : "false"));
  assign("data.fold=" + std::to_string(cell.fold));
  assign("seed=" + std::to_string(cell.seed));
  if (cell.mask_level > 0) assign("network.mask_level=" + std::to_string(cell.mask_level));
  for (const std::string& text : assignments) assign(text);
  for (const std::string& text : head_settings(cell.head)) assign(text);
}

void name_cell(Cell& cell) {
  std::string identity = std::string("lanet ") + kVersion + "\n" + cell.data_digest + "\n";
  // What changes no result stands apart, so that results are found again however they were computed.
  const std::set<std::string> apart{
      "name", "runs_folder", "data.manifest", "compute.threads", "data.loader_threads", "compute.checkpoint_seconds"};
  for (const auto& [key, text] : cell.settings)
    if (!apart.contains(key)) identity += key + "=" + text + "\n";
  fs::path folder(cell.data);
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.has_extension()) folder = fs::absolute(folder).parent_path();
  cell.name = folder.filename().string() + "-" + cell.labels + "-" + cell.backbone + "-" + cell.head + "-" +
              std::to_string(cell.size);
  if (cell.mask_level > 0) cell.name += "-level" + std::to_string(cell.mask_level);
  if (cell.location_share < 1) cell.name += "-share" + number_text(100 * cell.location_share);
  if (cell.fold >= 0) cell.name += "-fold" + std::to_string(cell.fold);
  cell.name += "-seed" + std::to_string(cell.seed) + "-" + sha256_hex(identity).substr(0, kDigestDigits);
}

/// "a=1,b=2" as its conditions.
std::vector<std::string> conditions_of(const std::vector<std::string>& only) {
  std::vector<std::string> conditions;
  for (const std::string& text : only)
    for (const std::string& condition : split_text(text, ',')) conditions.push_back(trim(condition));
  return conditions;
}

bool wanted(const Cell& cell, const std::vector<std::string>& only) {
  std::map<std::string, bool> met;
  const auto axes = cell.axes();
  for (const std::string& condition : conditions_of(only)) {
    const std::size_t equals = condition.find('=');
    std::string axis = condition.substr(0, equals);
    if (axis == "network") axis = "backbone";  // as people say it
    const auto found = std::find_if(axes.begin(), axes.end(), [&](const auto& item) { return item.first == axis; });
    if (equals == std::string::npos || found == axes.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : axes) names.push_back(name);
      throw ConfigError(
          {"--only " + condition, "no axis of that name", "AXIS=VALUE with one of " + join_text(names, ", "), ""});
    }
    met[axis] = met[axis] || found->second == condition.substr(equals + 1);
  }
  return std::all_of(met.begin(), met.end(), [](const auto& item) { return item.second; });
}

/// Axes that mean nothing to a head get one value, so that equal trainings are one cell.
void normalize(Cell& cell) {
  if (locates(cell.head)) return;
  cell.location_share = 1;
  cell.labels = "masks";
  cell.mask_level = 0;
}

/// Before the first cell: what the decisions are about is known. A data set that is not there yet is another's concern.
void check_positive(const std::string& data, const SettingTexts& settings) {
  if (!fs::exists(manifest_file(data))) return;
  const auto found = settings.find("data.positive");
  std::string chosen = found == settings.end() ? "" : found->second;
  if (chosen.size() >= 2) chosen = chosen.substr(1, chosen.size() - 2);  // a text in its quotes
  class_roles(read_manifest(data), data, chosen);
}

void check_share(const std::string& data, double share) {
  Manifest manifest = read_manifest(data);
  keep_location(manifest.samples, share, 1);
  for (const std::string& name : class_names(manifest.samples))
    if (std::none_of(manifest.samples.begin(), manifest.samples.end(),
                     [&](const Sample& sample) { return sample.class_name == name && sample.has_location(); }))
      throw DataError({data, "no location label of class " + name + " at a share of " + exact(share), "at least one",
                       "raise the smallest of location_shares"});
}

}  // namespace

void Suite::visit(FieldVisitor& visitor) {
  visitor.field("title", title, "What the report is called.");
  visitor.field("question", question, "What is asked, in one sentence; the report begins with it.");
  visitor.field("kind", kind,
                "How it is drawn: bars, lines (over location_shares), table, panels (images), heat (Grad-CAM).");
  visitor.field("preset", preset, "Settings that every cell starts from: a file or the name of one in configs/.");
  visitor.field("include", include, "Other suites in place of a grid of its own.");
  visitor.field("data", data, "Axis: data sets (manifests or their folders); `--data` replaces them.");
  visitor.field("labels", labels, "Axis: location labels as masks, or as boxes around them.");
  visitor.field("backbones", backbones, "Axis: network.backbone.");
  visitor.field("heads", heads, "Axis: vanilla, rmtl, rmtl_code, la_net, no_cam, no_sam, no_mam, pyramid, unet.");
  visitor.field("sizes", sizes, "Axis: input_size, px.");
  visitor.field("mask_levels", mask_levels, "Axis: network.mask_level; empty: the preset's.");
  visitor.field("location_shares", location_shares, "Axis: share of the images that keep their location label.");
  visitor.field("folds", folds, "Axis: folds of the split that are tested in turn; empty: its test subset.");
  visitor.field("seeds", seeds, "Axis: repeats.");
  visitor.field("set", set, "Settings of every cell: \"table.key=value\".");
  visitor.field("metrics", metrics, "What is drawn and tested.");
  visitor.field("tested", tested, "The head that is tested against each other one: is it better?");
  visitor.field("paper", paper, "Published figures beside ours: \"backbone head size value\".");
}

void Suite::validate() const {
  require_one_of("kind", kind, {"bars", "lines", "table", "panels", "heat"});
  for (const std::string& label : labels) require_one_of("labels", label, {"masks", "boxes"});
  for (const std::string& backbone : backbones) require_one_of("backbones", backbone, backbone_names());
  for (const std::string& head : heads) require_one_of("heads", head, head_names());
  require_one_of("tested", tested, head_names());
  for (const double share : location_shares) require_range("location_shares", share, 0, 1);
  for (const double size : sizes) require_range("sizes", size, 32, 4096);
  for (const double seed : seeds) require_range("seeds", seed, 0, 1e9);
  for (const double fold : folds) require_range("folds", fold, 0, 1000);
  for (const double level : mask_levels) require_range("mask_levels", level, 1, 5);
  if (!include.empty()) return;
  for (const auto& [key, empty] : {std::pair{"labels", labels.empty()}, std::pair{"backbones", backbones.empty()},
                                   std::pair{"heads", heads.empty()}, std::pair{"sizes", sizes.empty()},
                                   std::pair{"location_shares", location_shares.empty()},
                                   std::pair{"seeds", seeds.empty()}, std::pair{"metrics", metrics.empty()}})
    if (empty) throw ConfigError({key, "an empty list", "at least one value", ""});
}

Suite read_suite(const std::string& file_or_name) {
  const fs::path file = find_preset(file_or_name, kSuiteFolder);
  Suite suite;
  suite.name = file.stem().string();
  read_toml_file(file, fields_of(suite));
  if (suite.title.empty()) suite.title = suite.name;
  suite.validate();
  return suite;
}

std::vector<Suite> expand_suite(const Suite& suite) {
  std::vector<Suite> found;
  std::vector<std::string> path;
  const std::function<void(const Suite&)> walk = [&](const Suite& part) {
    if (std::find(path.begin(), path.end(), part.name) != path.end())
      throw ConfigError({"include", part.name + " within itself", "suites that do not include each other", ""});
    if (part.include.empty()) {
      if (std::none_of(found.begin(), found.end(), [&](const Suite& other) { return other.name == part.name; }))
        found.push_back(part);
      return;
    }
    path.push_back(part.name);
    for (const std::string& name : part.include) walk(read_suite(name));
    path.pop_back();
  };
  walk(suite);
  return found;
}

std::vector<std::string> head_names() {
  std::vector<std::string> names;
  for (const HeadSettings& head : heads()) names.emplace_back(head.name);
  return names;
}

std::vector<std::string> head_settings(const std::string& head) {
  for (const HeadSettings& known : heads())
    if (head == known.name) return known.settings;
  return {};
}

bool locates(const std::string& head) { return head != "vanilla"; }

std::vector<std::pair<std::string, std::string>> Cell::axes() const {
  return {{"data", data},
          {"labels", labels},
          {"backbone", backbone},
          {"head", head},
          {"size", std::to_string(size)},
          {"mask_level", std::to_string(mask_level)},
          {"location_share", exact(location_share)},
          {"fold", std::to_string(fold)},
          {"seed", std::to_string(seed)}};
}

std::string Cell::group() const {
  std::string text;
  for (const auto& [axis, value] : axes())
    if (axis != "fold" && axis != "seed") text += axis + "=" + value + ";";
  return text;
}

std::vector<Cell> make_cells(const Suite& suite, const GridOptions& options) {
  const std::vector<std::string> data_sets = options.data.empty() ? suite.data : std::vector<std::string>{options.data};
  if (data_sets.empty()) throw ConfigError({suite.name, "no data set", "one", "name it by --data FOLDER"});
  const fs::path preset = find_preset(suite.preset);
  const SettingTexts base = read_setting_texts(read_text_file(preset), preset.string());
  std::vector<std::string> assignments = suite.set;
  assignments.insert(assignments.end(), options.assignments.begin(), options.assignments.end());
  const std::vector<double> levels = suite.mask_levels.empty() ? std::vector<double>{0} : suite.mask_levels;
  const std::vector<double> folds = suite.folds.empty() ? std::vector<double>{-1} : suite.folds;

  std::vector<Cell> cells;
  std::set<std::string> names;
  const auto add = [&](Cell cell, const DataFacts& facts) {
    normalize(cell);
    apply_axes(cell, base, assignments);
    name_cell(cell);
    if (!wanted(cell, options.only) || !names.insert(cell.name).second) return;
    check_fold(cell, facts);
    cells.push_back(std::move(cell));
  };
  for (const std::string& data : data_sets) {
    SettingTexts with_assignments = base;
    for (const std::string& text : assignments) assign_setting_text(with_assignments, text);
    const DataFacts facts = read_facts(data, with_assignments);
    const double least = *std::min_element(suite.location_shares.begin(), suite.location_shares.end());
    check_positive(data, with_assignments);
    if (least > 0 && least < 1) check_share(data, least);
    for (const std::string& labels : suite.labels)
      for (const std::string& backbone : suite.backbones)
        for (const double size : suite.sizes)
          for (const double level : levels)
            for (const double share : suite.location_shares)
              for (const std::string& head : suite.heads)
                for (const double fold : folds)
                  for (const double seed : suite.seeds) {
                    Cell cell{data,
                              labels,
                              backbone,
                              head,
                              static_cast<std::int64_t>(size),
                              static_cast<std::int64_t>(level),
                              share,
                              static_cast<std::int64_t>(fold),
                              static_cast<std::int64_t>(seed),
                              {},
                              "",
                              facts.digest};
                    // Without any location label nothing but the class can be learned.
                    if (share == 0) cell.head = "vanilla";
                    add(std::move(cell), facts);
                  }
  }
  if (cells.empty()) throw ConfigError({"--only", join_text(options.only, " "), "values that occur in the suite", ""});
  return cells;
}

}  // namespace lanet
