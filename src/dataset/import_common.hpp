#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "dataset/import.hpp"

namespace lanet {

/// Files of a folder with an image's extension, sorted by name; hidden files (._NAME of macOS) and results of lanet are
/// left out. Throws DataError if it is no folder.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

/// The masks of a folder by the images that they belong to.
class MaskIndex {
 public:
  /// Where the masks lie: beside the images, where a mask's name says so (stems_of_masked_images), or in a folder
  /// of masks, where it may also be the image's own.
  enum class Place { kBesideImages, kFolderOfMasks };
  /// A folder that cannot be read or is not there has no masks.
  MaskIndex(const std::filesystem::path& folder, Place place);
  /// Sorted by name; empty where there is none.
  std::vector<std::filesystem::path> masks_of(const std::filesystem::path& image) const;

 private:
  std::map<std::string, std::vector<std::filesystem::path>> masks_;  // by the image's stem
};

/// The masks beside one image. Many images of a folder share a MaskIndex.
std::vector<std::filesystem::path> masks_beside(const std::filesystem::path& image);

/// Columns of a list that an importer does not read itself; they are added to the manifest's further columns.
std::vector<std::size_t> other_columns(const CsvTable& table, const std::vector<std::string>& used, Manifest& manifest);
/// What a further column is called in the manifest: as in the list, but for names of the manifest's own columns.
std::string extra_column_name(const std::string& column);
/// The line for a row about an image that an earlier row was about.
std::string repeated_row(const CsvTable& table, std::size_t row, const std::string& image);

/// Path relative to the data set's folder, with forward slashes.
std::string relative_to(const std::filesystem::path& file, const std::filesystem::path& folder);

/// Size of an image file as it is shown (upright) and as its pixels are stored; labels may have been drawn on either.
/// On a problem it is added to the report and nothing is returned.
struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t stored_height = 0;
  std::int64_t stored_width = 0;
  int orientation = 1;  // EXIF
  std::int64_t pages = 1;
};
std::optional<PictureSize> probe_size(const std::filesystem::path& file, ImportReport& report);

/// Gives the sample its masks if all of them have the image's size and can be read as a lesion; else it stays without
/// location and the report says why. An empty mask is no lesion where the class does not say that there is one.
/// `mask_values`: ImportOptions::mask_values.
void attach_masks(Sample& sample, const PictureSize& size, const std::vector<std::filesystem::path>& masks,
                  const std::filesystem::path& folder, ImportReport& report,
                  std::span<const std::string> mask_values = {});

/// Names the masks of an image of the normal class that hold something.
void doubt_masks_of_normal(const std::vector<std::filesystem::path>& masks, ImportReport& report);

/// Gives out ids that occur once: the wanted one, else with the file's extension, else with a number.
class UniqueIds {
 public:
  std::string take(const std::string& wanted, const std::filesystem::path& file);

 private:
  std::set<std::string> taken_;
};

/// Everything below a folder, sorted; links to folders are followed once. Folders that cannot be read and links that
/// lead nowhere are named in `problems`.
struct SourceTree {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> problems;
};
SourceTree walk_source(const std::filesystem::path& folder);

/// One line a cause for the files below the source that an import did not use: how many, why, and the first of them.
/// `reads_labels`: the format has files beside the images, so that only pictures are worth a line.
std::vector<std::string> unused_files(const Imported& imported, const ImportOptions& options, bool reads_labels);

/// Whether a class is that of images without a lesion, by its name.
bool is_normal_class(const std::string& name);
/// Whether a folder is called as classes are: benign, malignant, normal and what people write for them.
bool is_class_word(const std::string& name);

/// Whether a name ends as a video's does.
bool has_video_extension(const std::filesystem::path& file);

}  // namespace lanet
