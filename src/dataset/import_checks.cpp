#include "dataset/import_checks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// What a picture's values say: those of a mask, those of an ultrasound image, or neither.
enum class PictureValues { kMaskLike, kManyValues, kUnclear };

PictureValues values_of(const fs::path& file) {
  constexpr std::int64_t kFewValues = 8;                 // of a file without loss
  constexpr std::int64_t kManyValues = 24;               // an ultrasound image has more
  constexpr int kNoise = 24;                             // of 255, around the two ends of a JPEG
  constexpr double kNearEnds = 0.99, kBackground = 0.5;  // shares of the pixels
  Image image;
  try {
    image = read_image(file);
  } catch (const Error&) {
    return PictureValues::kUnclear;  // probed before, damaged inside: training says so
  }
  std::array<std::int64_t, 256> counts{};
  const auto pixels = static_cast<std::size_t>(image.height * image.width);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    std::uint8_t brightest = 0;
    for (std::size_t channel = 0; channel < channels; ++channel)
      brightest = std::max(brightest, image.pixels[pixel * channels + channel]);
    ++counts[brightest];
  }
  std::int64_t distinct = 0, most = 0, near_ends = 0;
  int highest = 0;
  for (int value = 0; value < 256; ++value) {
    const std::int64_t count = counts[static_cast<std::size_t>(value)];
    if (count == 0) continue;
    ++distinct;
    highest = value;
    most = std::max(most, count);
  }
  for (int value = 0; value <= highest; ++value)
    if (value < kNoise || value > highest - kNoise) near_ends += counts[static_cast<std::size_t>(value)];
  const auto share = [&](std::int64_t count) { return static_cast<double>(count) / static_cast<double>(pixels); };
  if (distinct <= kFewValues) return share(most) >= kBackground ? PictureValues::kMaskLike : PictureValues::kUnclear;
  const bool two_ends = highest > 4 * kNoise && share(near_ends) >= kNearEnds;
  if (two_ends) return PictureValues::kMaskLike;
  return distinct >= kManyValues ? PictureValues::kManyValues : PictureValues::kUnclear;
}

/// The name and every beginning and end of it that a separator bounds: "mask_a_1" has "a_1" and "mask_a" among them.
std::set<std::string> parts_of_name(const std::string& name) {
  std::set<std::string> parts = {name};
  for (std::size_t place = 1; place + 1 < name.size(); ++place)
    if (std::string_view("_- .").find(name[place]) != std::string_view::npos) {
      parts.insert(name.substr(0, place));
      parts.insert(name.substr(place + 1));
    }
  return parts;
}

/// For each sample those that it may be the mask of, by their names.
std::vector<std::vector<std::size_t>> partners_by_name(const std::vector<Sample>& samples) {
  std::map<std::string, std::vector<std::size_t>> by_stem;
  std::vector<std::string> stems;
  for (const Sample& sample : samples) {
    stems.push_back(to_lower(fs::path(sample.image).stem().string()));
    by_stem[stems.back()].push_back(stems.size() - 1);
  }
  constexpr std::size_t kMostPartners = 20;  // "1.png" of a hundred patients is nobody's mask
  std::vector<std::vector<std::size_t>> partners(samples.size());
  for (std::size_t index = 0; index < samples.size(); ++index)
    for (const std::string& part : parts_of_name(stems[index])) {
      const auto found = by_stem.find(part);
      if (found == by_stem.end() || found->second.size() > kMostPartners) continue;
      for (const std::size_t other : found->second)
        if (other != index) partners[index].push_back(other);
    }
  return partners;
}

/// Takes samples out of the manifest and of the split.
void remove_samples(Imported& imported, const std::vector<bool>& left_out) {
  std::vector<Sample> kept;
  for (std::size_t index = 0; index < left_out.size(); ++index) {
    Sample& sample = imported.manifest.samples[index];
    if (!left_out[index])
      kept.push_back(std::move(sample));
    else if (imported.split)
      imported.split->subset_of.erase(sample.id);
  }
  imported.manifest.samples = std::move(kept);
}

}  // namespace

void leave_out_repeated_ids(Imported& imported) {
  std::set<std::string> ids;
  std::erase_if(imported.manifest.samples, [&](const Sample& sample) {
    if (ids.insert(sample.id).second) return false;
    imported.report.problems.push_back(Problem{sample.image, "the id '" + sample.id + "', which another image has",
                                               "an id for each image", "this image is left out"}
                                           .line());
    return true;
  });
}

void leave_out_pictures_of_masks(Imported& imported) {
  const std::vector<Sample>& samples = imported.manifest.samples;
  const auto partners = partners_by_name(samples);
  std::vector<bool> looked(samples.size(), false);
  for (std::size_t index = 0; index < samples.size(); ++index)
    for (const std::size_t other : partners[index]) looked[index] = looked[other] = true;
  std::vector<PictureValues> values(samples.size(), PictureValues::kUnclear);
  std::vector<PictureSize> sizes(samples.size());
  parallel_for(samples.size(), 0, [&](std::size_t index) {
    if (!looked[index]) return;
    const fs::path file = imported.manifest.image_path(samples[index]);
    values[index] = values_of(file);
    ImportReport ignored;
    if (const auto size = probe_size(file, ignored)) sizes[index] = *size;
  });
  std::vector<bool> left_out(samples.size(), false);
  std::vector<std::string> names;
  for (std::size_t index = 0; index < samples.size(); ++index) {
    if (values[index] != PictureValues::kMaskLike) continue;
    left_out[index] = std::any_of(partners[index].begin(), partners[index].end(), [&](std::size_t other) {
      return values[other] == PictureValues::kManyValues && sizes[other].height == sizes[index].height &&
             sizes[other].width == sizes[index].width;
    });
    if (!left_out[index]) continue;
    names.push_back(samples[index].image);
    imported.report.files_read.push_back(imported.manifest.image_path(samples[index]));
  }
  if (names.empty()) return;
  imported.report.problems.push_back(Problem{imported.manifest.folder.string(),
                                             count_of(names.size(), "picture", "pictures") +
                                                 " of few values beside an image of the same name and size, " +
                                                 "as masks are: " + first_names(names),
                                             "ultrasound images", "left out; name the folder of the masks by --masks"}
                                         .line());
  remove_samples(imported, left_out);
}

void unite_spellings(Imported& imported) {
  struct Spelling {
    std::string name;
    std::int64_t images = 0;
  };
  std::map<std::string, std::vector<Spelling>> by_folded;  // spellings in the order in which they occur
  for (const Sample& sample : imported.manifest.samples) {
    if (sample.class_name.empty()) continue;
    auto& spellings = by_folded[folded_name(sample.class_name)];
    auto spelling = std::find_if(spellings.begin(), spellings.end(),
                                 [&](const Spelling& one) { return one.name == sample.class_name; });
    if (spelling == spellings.end()) spelling = spellings.insert(spellings.end(), {sample.class_name});
    ++spelling->images;
  }
  std::map<std::string, std::string> renamed;
  for (const auto& entry : by_folded) {
    const auto& spellings = entry.second;
    if (spellings.size() < 2) continue;
    const Spelling& most = *std::max_element(spellings.begin(), spellings.end(),
                                             [](const Spelling& a, const Spelling& b) { return a.images < b.images; });
    std::vector<std::string> others;
    for (const Spelling& one : spellings) {
      if (one.name == most.name) continue;
      renamed[one.name] = most.name;
      others.push_back(one.name + " (" + count_of(static_cast<std::size_t>(one.images), "image", "images") + ")");
    }
    imported.report.notes.push_back("the class " + most.name + " is also spelled " + join_text(others, ", ") +
                                    "; they are one class, " + most.name);
  }
  for (Sample& sample : imported.manifest.samples)
    if (const auto found = renamed.find(sample.class_name); found != renamed.end()) sample.class_name = found->second;
}

void name_lesions_of_normal_images(Imported& imported) {
  std::vector<std::string> names;
  for (const Sample& sample : imported.manifest.samples)
    if (is_normal_class(sample.class_name) &&
        (sample.location == Location::kMask || sample.location == Location::kBoxes))
      names.push_back(sample.id);
  if (names.empty()) return;
  imported.report.problems.push_back(
      Problem{imported.manifest.folder.string(),
              count_of(names.size(), "image", "images") +
                  " of a class without lesions with a lesion marked: " + first_names(names),
              "a class and a mask that agree", "correct the class or the mask"}
          .line());
}

}  // namespace lanet
