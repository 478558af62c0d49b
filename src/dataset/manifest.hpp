#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "core/output_folder.hpp"
#include "dataset/sample.hpp"

namespace lanet {

/// The list of a data set's images (file lanet-dataset.csv, docs/formats.md).
struct Manifest {
  std::filesystem::path folder;            // paths of samples are relative to it (the image root)
  std::filesystem::path mask_folder;       // paths of masks are relative to it; empty: to `folder`
  std::vector<std::string> extra_columns;  // order of the further columns
  std::string positive_class;              // what decisions are about; "": as the names say (dataset/classes.hpp)
  std::string normal_class;                // of images without a lesion; "": as the names say
  std::vector<Sample> samples;
  std::filesystem::path file;  // it was read from; empty: it was made

  /// What messages about its rows name: the list itself.
  std::string place() const { return (file.empty() ? folder : file).string(); }
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

/// Whether a column of that name, in any case, is one of the manifest's own.
bool is_manifest_column(const std::string& name);

inline constexpr const char* kManifestName = "lanet-dataset.csv";

/// `path` is the file, or the folder that holds it. Images and masks lie beside it, or where the lanet-dataset.toml
/// beside it says. Throws DataError listing ALL problems (one line each): missing columns, repeated ids, absolute or
/// `..` paths, NaN or inverted boxes, unknown location states, a state that contradicts masks or boxes. Does not open
/// the images.
Manifest read_manifest(const std::filesystem::path& path);
/// The same from a table that has been read.
Manifest parse_manifest(const CsvTable& table, const std::filesystem::path& image_root);
/// Writes the list and, where it has something to say, the .toml beside it (where images and masks lie, the positive
/// class). Throws InTheWay for a file that lanet did not write, without `overwrite`.
void write_manifest(const std::filesystem::path& file, const Manifest& manifest, bool overwrite = false);
/// The same into a folder that is open already; `name` is relative to it. keep_earlier: a manifest that is there is
/// kept beside it, whoever wrote it; returns its new name, "" where none was there.
std::filesystem::path write_manifest(OutputFolder& folder, const std::filesystem::path& name, const Manifest& manifest,
                                     bool keep_earlier = false);
/// The .toml alone, beside a list that stays as it is. One that somebody edited and that says something else is kept
/// beside it; returns its new name, "" where none had to be kept.
std::filesystem::path write_manifest_roots(OutputFolder& folder, const std::filesystem::path& name,
                                           const Manifest& manifest);
/// The list as write_manifest writes it.
std::string manifest_csv(const Manifest& manifest);
/// A manifest that was made of another one: never written over that, whatever `overwrite` says. Throws ConfigError,
/// InTheWay.
void write_other_manifest(const std::filesystem::path& file, const Manifest& manifest,
                          const std::filesystem::path& original, bool overwrite = false);
/// Writes the samples' groups into a manifest's file: every other cell, the order of columns and rows stay as they are.
/// The manifest that was there is kept beside it; returns its name, "" where no group changed (nothing is written).
std::filesystem::path rewrite_groups(const std::filesystem::path& file, const Manifest& manifest);
/// The manifest itself, where a data set's folder may be named in its place.
std::filesystem::path manifest_file(const std::filesystem::path& data);

/// One of a sample's masks (sample.masks), by the values that mean a lesion in it. Throws DataError.
Mask read_sample_mask(const Manifest& manifest, const Sample& sample, const std::string& mask);

/// The sample's lesion mask at the size of its image (masks OR-ed, boxes filled, kEmpty all zero). Nothing for kNone.
/// Throws DataError for a mask of another size or an unreadable file.
std::optional<Mask> read_truth_mask(const Manifest& manifest, const Sample& sample, std::int64_t height,
                                    std::int64_t width);

/// SHA-256 over every sample's labels and file contents' sizes and digests: what a model was trained on.
std::string fingerprint(const Manifest& manifest, const std::vector<std::string>& ids);

}  // namespace lanet
