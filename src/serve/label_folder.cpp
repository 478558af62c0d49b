#include "serve/label_folder.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/sha256.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSource = "lanet serve";
constexpr const char* kSaved = "saved";
constexpr std::size_t kMaskDigits = 8;

/// CONTENT, or CONTENT_f0001 of a cine: the same for the same file, without a name of anybody.
std::string sample_id(const Item& item, std::int64_t frame) {
  if (item.frames == 1) return item.content;
  const std::string number = std::to_string(frame);
  return item.content + "_f" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number;
}

bool is_normal(const std::string& class_name) { return class_meaning(class_name) == ClassMeaning::kNormal; }

Location location_of(const ItemLabel& label) {
  if (label.mask && area(*label.mask) > 0) return Location::kMask;
  if (is_normal(label.class_name) || label.mask) return Location::kEmpty;
  return Location::kNone;
}

void check_label(const ItemLabel& label) {
  const bool lesion_class = !label.class_name.empty() && !is_normal(label.class_name);
  if (label.mask && area(*label.mask) == 0 && lesion_class)
    throw DataError({"mask", "no pixel with class " + label.class_name,
                     "a lesion, null where it is not known, or class normal", ""});
  if (is_normal(label.class_name) && label.mask && area(*label.mask) > 0)
    throw DataError({"mask", "a lesion with class normal", "an empty mask or null", ""});
}

std::int64_t frame_of(const std::string& id, const Item& item) {
  return item.frames == 1 ? 1 : std::stoll(id.substr(item.content.size() + 2));
}

}  // namespace

void LabelFolder::open() {
  if (opened_) return;
  read();
  opened_ = true;
}

void LabelFolder::read() {
  Manifest manifest;
  manifest.folder = folder_;
  manifest.extra_columns = {kSaved};
  std::string digest;
  if (fs::exists(manifest_path())) {
    digest = sha256_file(manifest_path());
    manifest = read_manifest(manifest_path());
  }
  manifest_ = std::move(manifest);
  written_ = digest;
}

/// From now on this process alone writes here; what another one, or a person, wrote since is read again.
void LabelFolder::claim() {
  if (lock_) {
    if (fs::exists(manifest_path()) && sha256_file(manifest_path()) != written_) read();
    return;
  }
  fs::create_directories(folder_ / "images");
  fs::create_directories(folder_ / "masks");
  try {
    lock_ = std::make_unique<RunLock>(folder_);
  } catch (const SystemError& error) {
    throw HttpError(409, "the folder of labels is held by another process; end it, or start with another --labels");
  }
  files_ = std::make_unique<OutputFolder>(folder_);
  opened_ = false;
  open();
}

/// The list was read whole and is written whole: what people added to it stays.
void LabelFolder::write() {
  write_manifest(manifest_path(), manifest_, true);
  written_ = sha256_hex(manifest_csv(manifest_));
}

void LabelFolder::save(const Item& item, std::int64_t frame, const Image& pixels, const ItemLabel& label,
                       const std::string& positive_class) {
  check_label(label);
  const std::lock_guard lock(mutex_);
  claim();
  Sample sample;
  sample.id = sample_id(item, frame);
  sample.image = "images/" + sample.id + ".png";
  sample.class_name = label.class_name;
  sample.location = location_of(label);
  sample.group = item.group;
  sample.source = kSource;
  sample.spacing = item.spacing;
  sample.crop = item.region;
  sample.extra[kSaved] = label.saved;
  if (!fs::exists(folder_ / sample.image))
    files_->write_with(sample.image, [&](const fs::path& file) { write_png(file, pixels); });
  if (sample.location == Location::kMask) {
    // A name of its own for every mask: the row that is still there keeps the mask it was saved with.
    const std::string png = encode_png(*label.mask);
    sample.masks = {"masks/" + sample.id + "-" + sha256_hex(png).substr(0, kMaskDigits) + ".png"};
    files_->write(sample.masks.front(), png);
  }
  const std::int64_t known = manifest_.find(sample.id);
  const Manifest before = manifest_;
  if (known >= 0) {
    Sample& row = manifest_.samples[static_cast<std::size_t>(known)];
    for (const auto& [column, value] : row.extra) sample.extra.emplace(column, value);
    if (!row.group.empty()) sample.group = row.group;
    row = sample;
  } else {
    manifest_.samples.push_back(sample);
  }
  if (manifest_.positive_class.empty() && sample.class_name == positive_class)
    manifest_.positive_class = positive_class;
  try {
    write();
  } catch (...) {
    manifest_ = before;
    throw;
  }
  drop(sample.id, sample.masks.empty() ? "" : sample.masks.front());
}

/// Removes masks of a sample that this folder wrote and no row names any longer. What cannot be removed does no harm.
void LabelFolder::drop(const std::string& id, const std::string& keep_mask) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder_ / "masks", code)) {
    const std::string name = "masks/" + entry.path().filename().string();
    if (name.starts_with("masks/" + id + "-") && name != keep_mask && files_->may_write(name))
      fs::remove(folder_ / name, code);
  }
}

void LabelFolder::remove(const Item& item, std::int64_t frame) {
  const std::lock_guard lock(mutex_);
  open();
  const std::string id = sample_id(item, frame);
  if (manifest_.find(id) < 0) return;
  claim();
  std::erase_if(manifest_.samples, [&](const Sample& sample) { return sample.id == id; });
  write();
  drop(id, "");
  std::error_code code;
  const std::string picture = "images/" + id + ".png";
  if (files_->may_write(picture)) fs::remove(folder_ / picture, code);
}

std::map<std::int64_t, ItemLabel> LabelFolder::saved(const Item& item) {
  const std::lock_guard lock(mutex_);
  std::map<std::int64_t, ItemLabel> labels;
  try {
    open();
    for (const Sample& sample : manifest_.samples) {
      if (sample.id != item.content && !sample.id.starts_with(item.content + "_f")) continue;
      ItemLabel label;
      label.class_name = sample.class_name;
      if (sample.has_location() && sample.location != Location::kBoxes)
        label.mask = read_truth_mask(manifest_, sample, item.height, item.width);
      if (const auto time = sample.extra.find(kSaved); time != sample.extra.end()) label.saved = time->second;
      labels[frame_of(sample.id, item)] = std::move(label);
    }
  } catch (const std::exception&) {  // a data set that somebody damaged must not keep an image from being looked at
  }
  return labels;
}

LabelFolder::Summary LabelFolder::summary() {
  const std::lock_guard lock(mutex_);
  open();
  Summary summary;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Sample& sample : manifest_.samples) {
    ++summary.images;
    if (sample.class_name.empty()) continue;
    ++summary.classes[sample.class_name];
    if (seen.emplace(sample.class_name, group_name(sample)).second) ++summary.groups[sample.class_name];
  }
  return summary;
}

}  // namespace lanet
