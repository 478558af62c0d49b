#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataset/classes.hpp"
#include "dataset/import.hpp"
#include "dataset/manifest.hpp"
#include "dataset/split.hpp"

namespace lanet {

/// A new import of a data set whose manifest people have worked on since. Kept from `old`: groups, further columns, the
/// positive class, every cell of class, location, masks, boxes, spacing and crop that was changed since the import, and
/// rows that no import made, while their picture is there. Everything else is `fresh`.
/// `imported`: what the import before this one wrote; without it (older data sets) whatever differs from `fresh` counts
/// as changed. is_changed: whether somebody painted on a mask file since an import drew it; may be empty. What was kept
/// gets a line in the report. Throws InTheWay for such a row whose picture does not lie below fresh.folder.
Manifest merge_reimport(const Manifest& old, Manifest fresh, const Manifest* imported, ImportReport& report,
                        const std::function<bool(const std::filesystem::path&)>& is_changed = {});

/// Settles what the classes stand for (dataset/classes.hpp) before an import is written into `folder`: what the
/// manifest that is there says counts where nothing is chosen. Throws ConfigError that names the classes.
ClassRoles settle_import_roles(Manifest& manifest, const std::filesystem::path& folder, const std::string& positive,
                               const std::string& normal);

/// What an import wrote.
struct StoredImport {
  std::filesystem::path manifest;
  std::filesystem::path log;       // notes and problems; empty: files of the user's lie where it should be
  std::vector<std::string> lines;  // for the user: what was kept as what
};

/// Writes an import into its folder: lanet-dataset.csv (merged with the one that is there), split.csv, import.log. An
/// earlier manifest or split that differs is kept as NAME-before.csv; a split that the user wrote stays, and the
/// source's is not taken over. Throws InTheWay, before anything is written, where a file of the user's lies in the way.
/// `overwrite`: the source counts, nothing is merged; earlier files are kept too.
StoredImport store_import(Imported& imported, const std::filesystem::path& folder, bool overwrite);

/// Writes a split in place of the one that is there, which is kept beside it (`split-before.csv`, `split-before-2.csv`
/// ...) unless it says the same. Returns the name that it has now; "" where none had to be kept. Throws InTheWay for a
/// file that lanet did not write, without `overwrite`.
std::filesystem::path publish_split(const std::filesystem::path& file, const Split& split, bool overwrite = false);

/// Throws InTheWay where a file lies that publish_split would refuse to replace.
void require_replaceable_split(const std::filesystem::path& file, const Split& split, bool overwrite);

/// What the last import found, hidden beside the manifest.
inline constexpr const char* kImportedName = ".lanet-imported.csv";

}  // namespace lanet
