#include <algorithm>

#include "core/error.hpp"
#include "core/output_folder.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/source_place.hpp"
#include "dicom/dicom_file.hpp"
#include "dicom/own_result.hpp"
#include "dicom/truth_segmentation.hpp"
#include "image/codec.hpp"
#include "image/region.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

std::string six_digits(std::int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

class DicomImport {
 public:
  explicit DicomImport(const ImportOptions& options) : options_(options), out_(options.out, options.overwrite) {
    imported_.manifest.folder = options.out;
    imported_.manifest.extra_columns = {"dicom_file", "dicom_frame"};
  }

  Imported run() {
    std::vector<fs::path> images;
    for (const fs::path& file : walk_source(options_.source).files) {
      if (!is_dicom_file(file) || file.filename() == "DICOMDIR") continue;
      imported_.report.files_read.push_back(file);
      try {
        if (is_own_result_file(file)) {
          ++own_results_;
          continue;
        }
        const DicomFile object = DicomFile::open(file);
        if (is_segmentation(object))
          add_segmentation(object);
        else
          images.push_back(file);
      } catch (const Error& error) {
        imported_.report.problems.emplace_back(error.what());
      }
    }
    for (const fs::path& file : images) try {
        add_image(file);
      } catch (const Error& error) {
        imported_.report.problems.emplace_back(error.what());
      }
    finish(images.size());
    return std::move(imported_);
  }

 private:
  const ImportOptions& options_;
  OutputFolder out_;
  Imported imported_;
  Split split_;
  UniqueIds names_;
  std::map<DicomFrameKey, Mask> masks_;
  std::set<DicomFrameKey> masks_used_;
  std::int64_t own_results_ = 0, segmentations_ = 0;

  void add_segmentation(const DicomFile& object) {
    ++segmentations_;
    for (auto& [key, mask] : read_segmentation_masks(object)) {
      const auto [known, fresh] = masks_.try_emplace(key, mask);
      if (!fresh && known->second.height == mask.height && known->second.width == mask.width)
        known->second = unite(known->second, mask);
    }
  }

  void add_image(const fs::path& file) {
    const DicomFile object = DicomFile::open(file);
    const DicomInfo& info = object.info();
    const SourcePlace place = source_place(file, options_.source);
    const std::string name = names_.take(shortened_name(place.name), file);
    for (std::int64_t frame = 0; frame < info.frames; frame += options_.every) {
      Sample sample;
      sample.id = info.frames == 1 ? name : name + "_" + six_digits(frame + 1);
      sample.image = "frames/" + (info.frames == 1 ? name : name + "/" + six_digits(frame + 1)) + ".png";
      write_or_keep(sample.image, [&] { return encode_png(object.frame(frame)); });
      // Folders of an archive are called after patients and studies: only the name of a class is one.
      if (is_class_word(place.class_name)) sample.class_name = place.class_name;
      sample.group = patient_pseudonym(object);
      sample.source = options_.source.filename().string();
      sample.spacing = info.spacing;
      // A screen of several pictures stays whole: its parts are looked at one by one where findings are made.
      if (const std::vector<TissuePart> parts = info.tissue_parts(); parts.size() == 1) sample.crop = parts.front().box;
      sample.extra = {{"dicom_file", relative_to(file, options_.source)}, {"dicom_frame", std::to_string(frame + 1)}};
      add_mask(sample, {info.sop_instance_uid, frame + 1}, info, file);
      if (!place.subset.empty()) split_.subset_of[sample.id] = place.subset;
      imported_.manifest.samples.push_back(std::move(sample));
    }
  }

  /// A file that somebody edited since an import wrote it stays as it is, with its row.
  template <class Encode>
  void write_or_keep(const std::string& name, const Encode& encode) {
    if (out_.was_changed(name) && !options_.overwrite)
      imported_.report.notes.push_back(name + ": edited since the import before, and kept as it is");
    else
      out_.write(name, encode());
  }

  void add_mask(Sample& sample, const DicomFrameKey& key, const DicomInfo& info, const fs::path& file) {
    if (is_normal_class(sample.class_name)) sample.location = Location::kEmpty;
    const auto mask = masks_.find(key);
    if (mask == masks_.end()) return;
    masks_used_.insert(key);
    if (mask->second.height != info.rows || mask->second.width != info.columns) {
      imported_.report.problems.push_back(Problem{file.string(), "a segmentation of another size than the image",
                                                  "one of its size", "the image is imported without location"}
                                              .line());
      return;
    }
    if (area(mask->second) == 0) return;
    const std::string name = "masks/" + fs::path(sample.image).lexically_relative("frames").generic_string();
    write_or_keep(name, [&] { return encode_png(mask->second); });
    sample.masks = {name};
    sample.location = Location::kMask;
  }

  void finish(std::size_t images) {
    ImportReport& report = imported_.report;
    if (own_results_ > 0)
      report.notes.push_back(options_.source.string() + ": " +
                             count_of(static_cast<std::size_t>(own_results_), "result", "results") +
                             " of lanet left out");
    if (masks_used_.size() < masks_.size())
      report.problems.push_back(Problem{options_.source.string(),
                                        count_of(masks_.size() - masks_used_.size(), "segmentation", "segmentations") +
                                            " of images that are not here",
                                        "the images that they were drawn on", "put them into one folder"}
                                    .line());
    const auto& samples = imported_.manifest.samples;
    if (std::none_of(samples.begin(), samples.end(), [](const Sample& sample) { return !sample.class_name.empty(); }))
      report.notes.push_back(options_.source.string() +
                             ": no class known; sort the files into folders benign, malignant, normal, or fill in the "
                             "manifest's column class");
    if (!split_.subset_of.empty()) imported_.split = std::move(split_);
    report.taken_for = count_of(images, "DICOM image", "DICOM images") + " and " +
                       count_of(static_cast<std::size_t>(segmentations_), "segmentation", "segmentations") +
                       "; patients by Patient ID, named by a digest";
  }
};

}  // namespace

// Image objects in any folders; segmentations (SEG) among them that refer to them are their masks. Pictures are decoded
// to OUT/frames/, masks to OUT/masks/: training reads PNG alone.
Imported import_dicom(const ImportOptions& options) {
  if (options.out.empty()) throw ConfigError({"--out", "none", "a folder for the pictures", ""});
  if (options.every < 1) throw ConfigError({"--every", std::to_string(options.every), "1 or more", ""});
  return DicomImport(options).run();
}

}  // namespace lanet
