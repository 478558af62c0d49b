#include "dataset/derived_manifest.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "dataset/split.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPieceSuffix = " free";

/// A piece of whole pixels apart from `lesion`, drawn evenly from all that fit; nothing where none was met.
std::optional<Box> draw_piece(const Box& lesion, std::int64_t height, std::int64_t width,
                              const LesionFreeOptions& options, RandomStream& random) {
  constexpr int kTries = 400;
  const double margin = options.margin * static_cast<double>(std::max(height, width));
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double share = random.uniform(options.smallest, options.largest);
    const double w = std::floor(share * static_cast<double>(width));
    const double h = std::floor(share * static_cast<double>(height));
    const double x = std::floor(random.uniform() * (static_cast<double>(width) - w + 1));
    const double y = std::floor(random.uniform() * (static_cast<double>(height) - h + 1));
    const bool apart = x + w <= lesion.x1 - margin || x >= lesion.x2 + margin || y + h <= lesion.y1 - margin ||
                       y >= lesion.y2 + margin;
    if (apart && std::min(w, h) >= kLeastPieceSide) return Box{x, y, x + w, y + h};
  }
  return {};
}

std::optional<Sample> piece_of(const Manifest& manifest, const Sample& sample, const std::string& normal_class,
                               const LesionFreeOptions& options) {
  if (sample.crop || (sample.location != Location::kMask && sample.location != Location::kBoxes)) return {};
  RandomStream random(options.seed, "lesion-free", 0, stable_hash(sample.id));
  if (!random.chance(options.share)) return {};
  const Image image = read_image(manifest.image_path(sample));
  const std::optional<Mask> mask = read_truth_mask(manifest, sample, image.height, image.width);
  const std::optional<Box> lesion = mask ? bounding_box(*mask) : std::nullopt;
  if (!lesion) return {};
  const std::optional<Box> piece = draw_piece(*lesion, image.height, image.width, options, random);
  if (!piece) return {};
  Sample free = sample;
  free.id += kPieceSuffix;
  free.class_name = normal_class;
  free.masks.clear();
  free.extra.erase(kMaskValuesColumn);
  free.boxes.clear();
  free.location = Location::kEmpty;
  free.crop = piece;
  return free;
}

/// A piece of tissue must not get a lesion's class, by whatever spelling.
void require_normal_name(const Manifest& manifest, const std::string& name) {
  const std::string folded = folded_name(name);
  const ClassMeaning meaning = class_meaning(name);
  bool of_lesions = meaning == ClassMeaning::kBenign || meaning == ClassMeaning::kMalignant;
  // A normal image with a mask is a fault of its own, which import names.
  const bool known_normal = meaning == ClassMeaning::kNormal || name == manifest.normal_class;
  for (const Sample& sample : manifest.samples)
    if (!known_normal && (sample.location == Location::kMask || sample.location == Location::kBoxes))
      of_lesions = of_lesions || folded_name(sample.class_name) == folded;
  if (folded.empty() || trim(name) != name || of_lesions)
    throw ConfigError({"--normal", "'" + name + "'" + (of_lesions ? ", a class of lesions" : ""),
                       "a class of images without a lesion, such as normal", ""});
}

/// The longest path that both begin with.
fs::path common_folder(const fs::path& first, const fs::path& second) {
  fs::path common;
  for (auto a = first.begin(), b = second.begin(); a != first.end() && b != second.end() && *a == *b; ++a, ++b)
    common /= *a;
  return common;
}

fs::path whole_path(const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); }

/// Names that several data sets use: "P01" of one clinic is not "P01" of another, nor is its "list.csv".
std::set<std::string> names_of_several(std::span<const Manifest> manifests, std::string Sample::*name) {
  std::map<std::string, std::size_t> first;
  std::set<std::string> several;
  for (std::size_t number = 0; number < manifests.size(); ++number)
    for (const Sample& sample : manifests[number].samples)
      if (!(sample.*name).empty() && first.emplace(sample.*name, number).first->second != number)
        several.insert(sample.*name);
  return several;
}

void unite_class(std::string& united, const std::string& more, const char* what, const std::string& place) {
  if (united.empty()) united = more;
  if (!more.empty() && more != united)
    throw DataError({place, std::string(what) + " " + more, united + ", as the data set before it has",
                     "name the classes alike when importing (`lanet data import --classes OLD=NEW`)"});
}

}  // namespace

void LesionFreeOptions::validate() const {
  require_range("--smallest", smallest, 0.05, 1);
  require_range("--largest", largest, smallest, 1);
  require_range("--margin", margin, 0, 1);
  require_range("--share", share, 0, 1);
  require_range("--threads", static_cast<double>(threads), 0, 1024);
}

std::int64_t add_lesion_free_pieces(Manifest& manifest, const std::string& normal_class,
                                    const LesionFreeOptions& options, Progress& progress) {
  options.validate();
  if (!manifest.normal_class.empty() && manifest.normal_class != normal_class)
    throw ConfigError({"--normal", normal_class, manifest.normal_class + ", the normal class of this data set", ""});
  require_normal_name(manifest, normal_class);
  const std::size_t count = manifest.samples.size();
  std::vector<std::optional<Sample>> pieces(count);
  std::vector<std::string> problems(count);
  progress.begin("looking for pieces without a lesion", static_cast<std::int64_t>(count));
  parallel_for(
      count, options.threads,
      [&](std::size_t index) {
        try {
          pieces[index] = piece_of(manifest, manifest.samples[index], normal_class, options);
        } catch (const Error& error) {
          problems[index] = error.what();
        }
      },
      [&](std::int64_t finished) { progress.update(finished, ""); });
  std::erase(problems, "");
  if (!problems.empty()) throw DataError(join_text(problems, "\n"));
  std::int64_t added = 0;
  for (std::size_t index = 0; index < count; ++index) {
    std::optional<Sample>& piece = pieces[index];
    if (!piece) continue;
    // Without a common group a piece could be tested on while its image is learned from.
    manifest.samples[index].group = piece->group = group_name(manifest.samples[index]);
    if (manifest.find(piece->id) >= 0)
      throw DataError({piece->id, "an id that is there already", "a data set without such pieces",
                       "begin with the manifest they were made from"});
    manifest.samples.push_back(std::move(*piece));
    ++added;
  }
  if (added > 0 && manifest.normal_class.empty()) manifest.normal_class = normal_class;
  progress.end(std::to_string(added) + " pieces");
  return added;
}

DerivedManifestNotes write_derived_manifest(const fs::path& file, const Manifest& manifest, bool overwrite) {
  OutputFolder folder(file.parent_path(), overwrite);
  folder.require_writable({file.filename()}, kind_of_result(manifest_csv(manifest)));
  DerivedManifestNotes notes;
  notes.earlier = write_manifest(folder, file.filename(), manifest, true);
  const fs::path split = file.parent_path() / kSplitName;
  if (!fs::exists(split)) return notes;
  const Split known = read_split(split);
  notes.not_in_split = std::count_if(manifest.samples.begin(), manifest.samples.end(),
                                     [&known](const Sample& sample) { return !known.subset_of.contains(sample.id); });
  return notes;
}

Manifest merge_manifests(std::span<const Manifest> manifests) {
  Manifest merged;
  if (manifests.empty()) return merged;
  const auto mask_root = [](const Manifest& manifest) {
    return whole_path(manifest.mask_folder.empty() ? manifest.folder : manifest.mask_folder);
  };
  merged.folder = whole_path(manifests.front().folder);
  for (const Manifest& manifest : manifests)
    merged.folder = common_folder(common_folder(merged.folder, whole_path(manifest.folder)), mask_root(manifest));
  const std::set<std::string> shared_groups = names_of_several(manifests, &Sample::group);
  const std::set<std::string> shared_sources = names_of_several(manifests, &Sample::source);
  std::map<std::string, std::string> place_of;
  std::map<std::string, std::string> spelling_of;
  for (std::size_t number = 0; number < manifests.size(); ++number) {
    const Manifest& manifest = manifests[number];
    unite_class(merged.positive_class, manifest.positive_class, "positive class", manifest.place());
    unite_class(merged.normal_class, manifest.normal_class, "normal class", manifest.place());
    for (const std::string& column : manifest.extra_columns)
      if (std::find(merged.extra_columns.begin(), merged.extra_columns.end(), column) == merged.extra_columns.end())
        merged.extra_columns.push_back(column);
    const auto moved = [&](const fs::path& root, const std::string& path) {
      return (root / path).lexically_normal().lexically_relative(merged.folder).generic_string();
    };
    for (Sample sample : manifest.samples) {
      const auto [place, is_new] = place_of.emplace(sample.id, manifest.place());
      if (!is_new)
        throw DataError({manifest.place(), "id " + sample.id + ", which " + place->second + " has too",
                         "ids of their own", "rename the files of one of them"});
      if (!sample.class_name.empty()) {
        const std::string& spelling =
            spelling_of.emplace(folded_name(sample.class_name), sample.class_name).first->second;
        if (spelling != sample.class_name)
          throw DataError({manifest.place(), "class " + sample.class_name, spelling + ", as it is spelled before",
                           "name the classes alike when importing (`lanet data import --classes OLD=NEW`)"});
      }
      const std::string mark = " (" + std::to_string(number + 1) + ")";
      if (shared_groups.contains(sample.group)) sample.group += mark;
      if (shared_sources.contains(sample.source)) sample.source += mark;
      sample.image = moved(whole_path(manifest.folder), sample.image);
      for (std::string& mask : sample.masks) mask = moved(mask_root(manifest), mask);
      merged.samples.push_back(std::move(sample));
    }
  }
  return merged;
}

}  // namespace lanet
