#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/run_lock.hpp"
#include "dataset/manifest.hpp"
#include "serve/item.hpp"

namespace lanet {

/// Corrections as a data set that `lanet data split` and `lanet train` read (docs/formats.md): images/ (pixels as PNG),
/// masks/, lanet-dataset.csv. Made at the first correction. A process that is killed leaves every correction that was
/// answered, and never a row whose files are not there. Files of other makers stay, and so does what people change in
/// the list.
class LabelFolder {
 public:
  explicit LabelFolder(const std::filesystem::path& folder) : folder_(folder) {}

  /// Writes the pixels, the mask and the row, in place of an earlier correction of the same frame of the same file.
  /// Throws DataError for an empty mask with a class other than normal, HttpError 409 where another process holds the
  /// folder, SystemError.
  /// positive_class: the served model's; it becomes the data set's once an image has it.
  void save(const Item& item, std::int64_t frame, const Image& pixels, const ItemLabel& label,
            const std::string& positive_class = "");
  /// Takes it out again; nothing where there is none.
  void remove(const Item& item, std::int64_t frame);
  /// The corrections of this file that an earlier start saved. Those that cannot be read are left out.
  std::map<std::int64_t, ItemLabel> saved(const Item& item);

  struct Summary {
    std::int64_t images = 0;
    std::map<std::string, std::int64_t> classes;
    std::map<std::string, std::int64_t> groups;  // patients (or files without one) with an image of that class
  };
  Summary summary();
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path manifest_path() const { return folder_ / kManifestName; }

 private:
  void open();
  void claim();
  void read();
  void write();
  void drop(const std::string& id, const std::string& keep_mask);

  std::filesystem::path folder_;
  std::mutex mutex_;
  bool opened_ = false;
  Manifest manifest_;
  std::string written_;                  // digest of the list as it was read or written last
  std::unique_ptr<RunLock> lock_;        // from the first correction on
  std::unique_ptr<OutputFolder> files_;  // the same: for pictures and masks
};

}  // namespace lanet
