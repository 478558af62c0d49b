#include "train/training_data.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "dataset/classes.hpp"
#include "dataset/label_counts.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

Split read_chosen_split(const fs::path& file) {
  if (!fs::exists(file))
    throw DataError({file.string(), "no such file", "a list of id and subset",
                     "make one with `lanet data split`, or name one with --set data.split=FILE"});
  return read_split(file);
}

/// Subset foldN becomes test, every other one train.
void choose_fold(Split& split, std::int64_t fold, const std::string& place) {
  const std::string test = "fold" + std::to_string(fold);
  bool found = false;
  for (auto& [id, subset] : split.subset_of) {
    found = found || subset == test;
    subset = subset == test ? "test" : "train";
  }
  if (!found)
    throw DataError({place, "no subset " + test, "one for data.fold", "make folds with `lanet data split --folds K`"});
}

/// A split into folds says nothing by itself: one of them has to be chosen.
void require_no_folds(const Split& split, const std::string& place) {
  std::int64_t folds = 0;
  for (const auto& [id, subset] : split.subset_of) {
    if (subset == "train") return;
    if (subset.starts_with("fold")) ++folds;
  }
  if (folds > 0)
    throw ConfigError({place, "a split into folds", "one of them as the test part",
                       "choose it by --set data.fold=0 (fold0 tests, the others train)"});
}

bool has_subset(const Split& split, const std::string& name) {
  return std::any_of(split.subset_of.begin(), split.subset_of.end(),
                     [&](const auto& item) { return item.second == name; });
}

/// Takes whole groups, stratified by class, from train.
void take_val_from_train(Split& split, const Manifest& manifest, const DataOptions& options) {
  std::vector<Sample> train;
  for (const Sample& sample : manifest.samples) {
    const auto found = split.subset_of.find(sample.id);
    if (found != split.subset_of.end() && found->second == "train") train.push_back(sample);
  }
  SplitOptions shares;
  shares.val_share = options.val_share;
  shares.test_share = 0;
  shares.seed = static_cast<std::uint64_t>(options.split_seed);
  for (const auto& [id, subset] : make_split(train, shares).subset_of) split.subset_of[id] = subset;
}

std::int64_t count_groups(const Manifest& manifest, const std::vector<std::string>& ids) {
  const std::set<std::string> wanted(ids.begin(), ids.end());
  std::set<std::string> groups;
  for (const Sample& sample : manifest.samples)
    if (wanted.contains(sample.id)) groups.insert(group_name(sample));
  return static_cast<std::int64_t>(groups.size());
}

void check_training_part(const TrainingData& data, const TrainOptions& options, const std::string& place) {
  const std::vector<CachedSample>& train = data.train.samples();
  for (std::size_t index = 0; index < data.classes.size(); ++index)
    if (std::none_of(train.begin(), train.end(), [&](const CachedSample& sample) {
          return sample.class_index == static_cast<std::int64_t>(index);
        }))
      throw DataError({place, "no training image of class " + data.classes[index], "some of every class", ""});
  if (options.network.head != "vanilla") require_location(count_labels(data.train, data.classes.size()), place);
  if (options.network.head == "rmtl")
    for (const CachedSample& sample : train)
      if (sample.location == Location::kNone)
        throw DataError({place, sample.id + " without a location label", "one for every image",
                         "the RMTL baseline cannot learn from images without it"});
}

/// Images that no subset names take no part, which may be a mistake of a split made for fewer images.
void note_left_out(const Split& split, const Manifest& manifest, Progress& progress) {
  const auto left_out = static_cast<std::size_t>(
      std::count_if(manifest.samples.begin(), manifest.samples.end(),
                    [&split](const Sample& sample) { return !split.subset_of.contains(sample.id); }));
  if (left_out > 0)
    progress.note(count_of(left_out, "image is", "images are") +
                  " in no subset and not used; `lanet data split` divides them all");
}

}  // namespace

TrainingData load_training_data(const TrainOptions& options, std::int64_t threads, Progress& progress) {
  TrainingData data;
  data.manifest_file = fs::absolute(manifest_file(options.data.manifest)).lexically_normal();
  Manifest manifest = read_manifest(data.manifest_file);
  data.split_file =
      options.data.split.empty() ? data.manifest_file.parent_path() / "split.csv" : fs::path(options.data.split);
  const std::string place = data.split_file.string();
  data.split = read_chosen_split(data.split_file);
  if (options.data.fold >= 0) choose_fold(data.split, options.data.fold, place);
  if (options.data.fold < 0) require_no_folds(data.split, place);
  if (!has_subset(data.split, "val")) take_val_from_train(data.split, manifest, options.data);
  const auto train_ids = data.split.ids(manifest, "train");
  const auto val_ids = data.split.ids(manifest, "val");
  for (const auto& [name, ids] : {std::pair{"train", &train_ids}, std::pair{"val", &val_ids}})
    if (ids->empty()) throw DataError({place, std::string("no image in subset ") + name, "at least one", ""});

  if (options.data.as_boxes) masks_to_boxes(manifest);
  if (options.data.location_share < 1)
    keep_location(manifest.samples, options.data.location_share, static_cast<std::uint64_t>(options.data.split_seed),
                  train_ids);
  const ClassRoles roles = class_roles(manifest, data.manifest_file.string(), options.data.positive);
  data.classes = roles.names;
  if (data.classes.size() < 2)
    throw DataError(
        {data.manifest_file.string(),
         data.classes.empty() ? "no image of a known class" : "images of class " + data.classes[0] + " alone",
         "two classes at least", "fill the column class of the manifest"});
  data.positive = roles.positive;
  data.positive_index = std::find(data.classes.begin(), data.classes.end(), data.positive) - data.classes.begin();
  std::vector<std::string> both = train_ids;
  both.insert(both.end(), val_ids.begin(), val_ids.end());
  data.fingerprint = fingerprint(manifest, both);
  data.train_groups = count_groups(manifest, train_ids);
  data.val_groups = count_groups(manifest, val_ids);
  CacheOptions cache;
  cache.side =
      static_cast<std::int64_t>(std::lround(static_cast<double>(options.input_size) * options.data.cache_ratio));
  cache.threads = threads;
  cache.memory_bytes = options.data.cache_mib << 20;
  cache.overflow_folder = options.run_folder();
  data.train = load_cache(manifest, train_ids, data.classes, cache, progress);
  data.val = load_cache(manifest, val_ids, data.classes, cache, progress);
  progress.note("training: " + label_counts_text(count_labels(data.train, data.classes.size()), data.classes));
  progress.note("validation: " + label_counts_text(count_labels(data.val, data.classes.size()), data.classes));
  note_left_out(data.split, manifest, progress);
  progress.note(roles_text(roles));
  check_training_part(data, options, place);
  return data;
}

}  // namespace lanet
