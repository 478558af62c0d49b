#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/progress.hpp"
#include "dataset/manifest.hpp"

namespace lanet {

/// How pieces without a lesion are cut out of images with one.
struct LesionFreeOptions {
  double smallest = 0.4;     // side of the piece as a share of the image's
  double largest = 0.8;      // the same; width and height get one share, so the piece has the image's shape
  double margin = 0.05;      // distance to the lesion, share of the image's longer side
  double share = 1.0;        // of the images that are tried
  std::uint64_t seed = 1;    // of the choice; an image's piece does not depend on the others
  std::int64_t threads = 0;  // 0: one per core

  void validate() const;
};

/// Pixels; a smaller piece shows no tissue.
inline constexpr double kLeastPieceSide = 16;

/// One sample more for every image with a located lesion that has room beside it: the same image with a crop that shows
/// none of the lesion, class `normal_class`, location kEmpty, the image's group, source and further columns, and the id
/// "ID free"; an image without a group gets one of its own with its piece. A piece has at least kLeastPieceSide pixels
/// a side. They let a model learn that tissue of the same machine can be free of lesions. Returns how many were added;
/// images that have a crop already, and those without room, get none. Throws DataError for an unreadable image,
/// ConfigError where the manifest names another normal class.
std::int64_t add_lesion_free_pieces(Manifest& manifest, const std::string& normal_class,
                                    const LesionFreeOptions& options, Progress& progress);

/// All samples of several manifests as one, in order, with paths relative to the folder that all have in common.
/// Columns are united. A group or source that several of them name is one in each: the number of the data set, from 1,
/// is put behind it. Throws DataError for an id that two of them use, and where positive or normal classes differ or a
/// class is spelled in two ways.
Manifest merge_manifests(std::span<const Manifest> manifests);

/// What there is to say of a folder into which a manifest was written.
struct DerivedManifestNotes {
  std::filesystem::path earlier;  // name under which the list that was there is kept; empty: none was there
  std::int64_t not_in_split = 0;  // images that the split list beside it does not name: training would leave them out
};

/// Writes a manifest that was made of others. Throws InTheWay for a file that lanet did not write, without `overwrite`.
DerivedManifestNotes write_derived_manifest(const std::filesystem::path& file, const Manifest& manifest,
                                            bool overwrite);

}  // namespace lanet
