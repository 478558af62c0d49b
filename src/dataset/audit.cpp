#include "dataset/audit.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/settings.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "image/codec.hpp"
#include "image/geometry.hpp"
#include "image/marks.hpp"
#include "image/perceptual_hash.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

constexpr double kFullShare = 0.95;
constexpr double kBoxMaskAgreement = 0.7;  // intersection over union of a box and its mask's rectangle

/// What is kept of an image after it was looked at.
struct Portrait {
  std::string digest;  // of the pixels; empty: unreadable
  PerceptualHash hash;
  PerceptualHash mirrored;
  Image thumbnail;  // 64 x 64 grey, for the correlation
  std::vector<AuditEntry> entries;
};

std::string pixel_digest(const Image& image) {
  const std::string shape =
      std::to_string(image.height) + "x" + std::to_string(image.width) + "x" + std::to_string(image.channels) + ":";
  Sha256 digest;
  digest.update(shape);
  digest.update({reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()});
  return digest.hex();
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

void check_boxes(const Sample& sample, const Image& image, const std::optional<Box>& mask_box, Portrait& portrait) {
  const Box whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  std::optional<Box> around;
  for (const Box& box : sample.boxes) {
    if (intersect(box, whole).area() < box.area())
      portrait.entries.push_back({AuditKind::kBoxOutside,
                                  {sample.id},
                                  "box " + fixed(box.x1, 0) + " " + fixed(box.y1, 0) + " " + fixed(box.x2, 0) + " " +
                                      fixed(box.y2, 0) + ", image " + size_text(image.width, image.height)});
    if (around)
      around = Box{std::min(around->x1, box.x1), std::min(around->y1, box.y1), std::max(around->x2, box.x2),
                   std::max(around->y2, box.y2)};
    else
      around = box;
  }
  if (!around || !mask_box) return;
  const double agreement = intersection_over_union(*around, *mask_box);
  if (agreement < kBoxMaskAgreement)
    portrait.entries.push_back(
        {AuditKind::kBoxDisagrees, {sample.id}, "intersection over union of box and mask " + fixed(agreement, 2)});
}

/// Checks the masks one by one, so that one bad mask does not hide the others; returns the united mask's rectangle.
std::optional<Box> check_masks(const Manifest& manifest, const Sample& sample, const Image& image, Portrait& portrait) {
  Mask united = make_mask(image.height, image.width);
  for (const std::string& path : sample.masks) {
    try {
      const Mask mask = read_sample_mask(manifest, sample, path);
      if (mask.height != image.height || mask.width != image.width)
        portrait.entries.push_back(
            {AuditKind::kMaskSize,
             {sample.id},
             "mask " + size_text(mask.width, mask.height) + ", image " + size_text(image.width, image.height)});
      else
        united = unite(united, mask);
    } catch (const Error& error) {
      portrait.entries.push_back({AuditKind::kUnreadable, {sample.id}, error.what()});
    }
  }
  if (sample.location != Location::kMask || !portrait.entries.empty()) return std::nullopt;
  const double share = static_cast<double>(area(united)) / static_cast<double>(united.pixels.size());
  if (share == 0) portrait.entries.push_back({AuditKind::kEmptyMask, {sample.id}, "no pixel is inside"});
  if (share > kFullShare)
    portrait.entries.push_back({AuditKind::kFullMask, {sample.id}, fixed(100 * share, 1) + " % of the image"});
  return bounding_box(united);
}

/// A lesion on an image that is said to have none, by its class or its location.
void check_normal(const Manifest& manifest, const Sample& sample, const std::optional<Box>& mask_box,
                  Portrait& portrait) {
  const std::string& name = sample.class_name;
  const bool of_normal_class = is_normal_class(name) || (!name.empty() && name == manifest.normal_class);
  if (!of_normal_class && sample.location != Location::kEmpty) return;
  if (!mask_box && sample.boxes.empty()) return;
  portrait.entries.push_back(
      {AuditKind::kLesionOfNormal,
       {sample.id},
       (of_normal_class ? "class " + name : "location empty") + std::string(" with ") +
           (mask_box ? "a mask that is not empty" : count_of(sample.boxes.size(), "box", "boxes"))});
}

Portrait look_at(const Manifest& manifest, const Sample& sample, const AuditOptions& options) {
  Portrait portrait;
  try {
    const Image image = read_image(manifest.image_path(sample));
    // Two regions of one screenshot are two pictures.
    const Image seen = sample.crop ? crop(image, *sample.crop) : image;
    if (seen.empty()) throw DataError({sample.id, "a crop outside the image", "a part of it", ""});
    portrait.digest = pixel_digest(seen);
    portrait.hash = perceptual_hash(seen);
    portrait.mirrored = mirrored_hash(seen);
    portrait.thumbnail = resize(to_grey(seen), 64, 64, Resampling::kArea);
    const auto mask_box = check_masks(manifest, sample, image, portrait);
    check_boxes(sample, image, mask_box, portrait);
    check_normal(manifest, sample, mask_box, portrait);
    if (options.marks > 0) {
      const auto marks = static_cast<std::int64_t>(burnt_in_marks(image).size());
      if (marks >= options.marks)
        portrait.entries.push_back(
            {AuditKind::kBurntIn, {sample.id}, count_of(static_cast<std::size_t>(marks), "mark", "marks")});
    }
  } catch (const Error& error) {
    portrait.entries.push_back({AuditKind::kUnreadable, {sample.id}, error.what()});
  }
  return portrait;
}

std::vector<Portrait> look_at_all(const Manifest& manifest, const AuditOptions& options, Progress& progress) {
  std::vector<Portrait> portraits(manifest.samples.size());
  progress.begin("auditing", static_cast<std::int64_t>(portraits.size()));
  parallel_for(
      portraits.size(), options.threads,
      [&](std::size_t index) { portraits[index] = look_at(manifest, manifest.samples[index], options); },
      [&](std::int64_t finished) { progress.update(finished, ""); });
  progress.end(count_of(portraits.size(), "image", "images"));
  return portraits;
}

/// Sets that grow together.
class Clusters {
 public:
  explicit Clusters(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }
  void join(std::size_t first, std::size_t second) { parent_[root(first)] = root(second); }

 private:
  std::vector<std::size_t> parent_;
};

Image mirrored(const Image& image) {
  Image result = image;
  for (std::int64_t row = 0; row < image.height; ++row)
    std::reverse(result.pixels.begin() + row * image.width, result.pixels.begin() + (row + 1) * image.width);
  return result;
}

/// How two pictures are the same; nothing if they are not.
std::optional<AuditEntry> compare(const Portrait& first, const Portrait& second, const AuditOptions& options) {
  if (first.digest == second.digest) return AuditEntry{AuditKind::kExactDuplicate, {}, "equal pixels"};
  for (const bool flipped : {false, true}) {
    const int bits = hamming_distance(flipped ? first.mirrored : first.hash, second.hash);
    if (bits > options.near_duplicate_bits) continue;
    const double correlation =
        grey_correlation(flipped ? mirrored(first.thumbnail) : first.thumbnail, second.thumbnail);
    if (correlation < options.near_duplicate_correlation) continue;
    return AuditEntry{AuditKind::kNearDuplicate,
                      {},
                      std::to_string(bits) + " of 256 bits differ, correlation " + fixed(correlation, 3) +
                          (flipped ? ", mirrored" : "")};
  }
  return std::nullopt;
}

void find_duplicates(const Manifest& manifest, const std::vector<Portrait>& portraits, const AuditOptions& options,
                     Audit& audit) {
  Clusters clusters(portraits.size());
  for (std::size_t first = 0; first < portraits.size(); ++first)
    for (std::size_t second = first + 1; second < portraits.size(); ++second) {
      if (portraits[first].digest.empty() || portraits[second].digest.empty()) continue;
      auto entry = compare(portraits[first], portraits[second], options);
      if (!entry) continue;
      const Sample& left = manifest.samples[first];
      const Sample& right = manifest.samples[second];
      entry->ids = {left.id, right.id};
      clusters.join(first, second);
      if (left.class_name != right.class_name)
        audit.entries.push_back(
            {AuditKind::kTwoClasses, entry->ids, left.class_name + " and " + right.class_name + "; " + entry->detail});
      audit.entries.push_back(std::move(*entry));
    }
  std::map<std::size_t, std::vector<std::string>> members;
  for (std::size_t index = 0; index < portraits.size(); ++index)
    members[clusters.root(index)].push_back(manifest.samples[index].id);
  for (auto& [root, ids] : members)
    if (ids.size() > 1) audit.clusters.push_back(std::move(ids));
  std::sort(audit.clusters.begin(), audit.clusters.end());
}

}  // namespace

void AuditOptions::validate() const {
  require_range("near-duplicate bits", static_cast<double>(near_duplicate_bits), 0, kHashBits / 2);
  require_range("near-duplicate correlation", near_duplicate_correlation, 0, 1);
  require_range("marks", static_cast<double>(marks), 0, 10000);
  require_range("threads", static_cast<double>(threads), 0, 1024);
}

std::int64_t Audit::count(AuditKind kind) const {
  return std::count_if(entries.begin(), entries.end(), [kind](const AuditEntry& entry) { return entry.kind == kind; });
}

Audit audit_dataset(const Manifest& manifest, const AuditOptions& options, Progress& progress) {
  options.validate();
  const std::vector<Portrait> portraits = look_at_all(manifest, options, progress);
  Audit audit;
  audit.images = static_cast<std::int64_t>(portraits.size());
  for (const Portrait& portrait : portraits)
    audit.entries.insert(audit.entries.end(), portrait.entries.begin(), portrait.entries.end());
  find_duplicates(manifest, portraits, options, audit);
  std::stable_sort(audit.entries.begin(), audit.entries.end(),
                   [](const AuditEntry& a, const AuditEntry& b) { return a.kind < b.kind; });
  return audit;
}

std::int64_t group_by_clusters(Manifest& manifest, const std::vector<std::vector<std::string>>& clusters) {
  std::map<std::string, std::size_t> index_of;
  for (std::size_t index = 0; index < manifest.samples.size(); ++index) index_of[manifest.samples[index].id] = index;
  Clusters groups(manifest.samples.size());
  std::map<std::string, std::size_t> first_of_group;
  for (std::size_t index = 0; index < manifest.samples.size(); ++index) {
    const std::string& group = manifest.samples[index].group;
    if (!group.empty()) groups.join(index, first_of_group.try_emplace(group, index).first->second);
  }
  std::vector<bool> touched(manifest.samples.size(), false);
  for (const auto& cluster : clusters)
    for (const std::string& id : cluster) {
      groups.join(index_of.at(id), index_of.at(cluster.front()));
      touched[index_of.at(id)] = true;
    }
  // A set of samples that a cluster touches is named after the smallest group or id in it.
  std::map<std::size_t, std::string> names;
  for (std::size_t index = 0; index < manifest.samples.size(); ++index)
    if (touched[index]) names.try_emplace(groups.root(index), "");
  for (std::size_t index = 0; index < manifest.samples.size(); ++index) {
    const auto found = names.find(groups.root(index));
    if (found == names.end()) continue;
    const Sample& sample = manifest.samples[index];
    const std::string name = sample.group.empty() ? "same as " + sample.id : sample.group;
    if (found->second.empty() || name < found->second) found->second = name;
  }
  std::int64_t changed = 0;
  for (std::size_t index = 0; index < manifest.samples.size(); ++index) {
    const auto found = names.find(groups.root(index));
    if (found == names.end() || manifest.samples[index].group == found->second) continue;
    manifest.samples[index].group = found->second;
    ++changed;
  }
  return changed;
}

}  // namespace lanet
