#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "dataset/sample.hpp"

namespace lanet {

/// The list of a data set's images (file lanet-dataset.csv, docs/formats.md).
struct Manifest {
  std::filesystem::path folder;            // paths of samples are relative to it (the image root)
  std::filesystem::path mask_folder;       // paths of masks are relative to it; empty: to `folder`
  std::vector<std::string> extra_columns;  // order of the further columns
  std::vector<Sample> samples;

  std::filesystem::path image_path(const Sample& sample) const { return folder / sample.image; }
  /// Of one of a sample's masks.
  std::filesystem::path mask_path(const std::string& mask) const {
    return (mask_folder.empty() ? folder : mask_folder) / mask;
  }
  /// Index of a sample, or -1.
  std::int64_t find(const std::string& id) const;
  /// Positions of many ids, in time linear in samples and ids. Throws DataError naming the first that is none.
  std::vector<std::size_t> find_all(std::span<const std::string> ids) const;
};

inline constexpr const char* kManifestName = "lanet-dataset.csv";

/// `path` is the file, or the folder that holds it. Images and masks lie beside it, or where the lanet-dataset.toml
/// beside it says. Throws DataError listing ALL problems (one line each): missing columns, repeated ids, absolute or
/// `..` paths, NaN or inverted boxes, unknown location states, a state that contradicts masks or boxes. Does not open
/// the images.
Manifest read_manifest(const std::filesystem::path& path);
/// The same from a table that has been read.
Manifest parse_manifest(const CsvTable& table, const std::filesystem::path& image_root);
void write_manifest(const std::filesystem::path& file, const Manifest& manifest);

/// Sorted names of the classes that occur ("benign", "malignant" (, "normal")): index = class number of the network. K
/// = 2 or 3 from the data.
std::vector<std::string> class_names(const std::vector<Sample>& samples);
/// The class that counts as positive for K = 2: "malignant" if it is there, else the last name.
std::string positive_class(const std::vector<std::string>& classes);

/// The sample's lesion mask at the size of its image (masks OR-ed, boxes filled, kEmpty all zero). Nothing for kNone.
/// Throws DataError for a mask of another size or an unreadable file.
std::optional<Mask> read_truth_mask(const Manifest& manifest, const Sample& sample, std::int64_t height,
                                    std::int64_t width);

/// SHA-256 over every sample's labels and file contents' sizes and digests: what a model was trained on.
std::string fingerprint(const Manifest& manifest, const std::vector<std::string>& ids);

}  // namespace lanet
