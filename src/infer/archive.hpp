#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"

namespace lanet {

/// "zip", "tar", "gzip" (a packed tar), or another kind that is known but not opened ("7z", "rar", "xz", "bzip2",
/// "zstd"), by a file's first bytes (512 are enough); "" for anything else.
std::string archive_kind(std::string_view first_bytes);
/// The same of a file; "" for what cannot be read.
std::string archive_kind_of_file(const std::filesystem::path& path);

/// Whether a name ends as an archive's that is opened (.zip .tar .tar.gz .tgz, any case).
bool has_archive_extension(const std::filesystem::path& file);

/// A file inside an archive.
struct ArchiveEntry {
  std::string name;  // relative, forward slashes, without ".."
  std::string bytes;
};

/// Goes through the files of a zip, tar or tar.gz archive one at a time; nothing is written to disk, and memory holds
/// one entry. Folders are passed over. Entries that leave the archive's folder (absolute, ".."), links, devices,
/// encrypted entries, archives inside the archive and entries past the limits are left out with a line each.
class ArchiveReader {
 public:
  /// A file on disk. Throws SystemError where it cannot be read, DataError for no archive, or one of a kind that is not
  /// opened.
  explicit ArchiveReader(const std::filesystem::path& path, const InputLimits& limits = input_limits());
  /// Bytes in memory, which must live as long as the reader.
  ArchiveReader(std::string_view bytes, const std::string& place, const InputLimits& limits = input_limits());
  ~ArchiveReader();
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;

  /// The next file; nothing at the end. One line for every entry before it that was left out goes to `problems`.
  /// Throws DataError for a damaged archive, more entries or bytes than allowed, or one that unpacks past
  /// limits.archive_ratio; there is no next entry after that.
  std::optional<ArchiveEntry> next(std::vector<std::string>& problems);
  const std::string& place() const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

/// Why a name inside an archive is refused; "" where it is fine. What is fine can be used below a folder of one's own.
std::string fault_of_entry_name(std::string_view name);

}  // namespace lanet
