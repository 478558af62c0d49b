#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace lanet {

/// Whole content of a file. Throws SystemError if it cannot be read or is no plain file (a pipe, a device), DataError
/// if it is larger than max_bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 32);
/// The same for lists, settings and JSON: at most InputLimits::text_bytes.
std::string read_text_file(const std::filesystem::path& path);

/// Writes to a temporary file beside `path`, syncs it, reads it back, then renames: readers see the old or the new
/// file, never a part. Creates missing parent folders. Throws SystemError (disk full, read-only) and leaves the old
/// file as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                           const std::filesystem::path& keep_old_as = {});

/// The same for writers that need a path of their own (image encoders, large tensors): `write` fills the temporary file
/// it is given, `verify` may read it back and throw. On any exception the temporary file is removed and `path` is
/// untouched. The temporary file's name ends in the extension of `path`. keep_old_as: where the file that was at `path`
/// is moved to before; empty: it is replaced.
void replace_file_atomically(const std::filesystem::path& path,
                             const std::function<void(const std::filesystem::path&)>& write,
                             const std::function<void(const std::filesystem::path&)>& verify = {},
                             const std::filesystem::path& keep_old_as = {});

/// Creates a folder and those above it. Throws SystemError.
void create_folders(const std::filesystem::path& folder);

/// Removes what killed processes left in the middle of an atomic write into this folder: files of the name
/// ".STEM.lanet-PID-NUMBER.tmp.EXT" of which no process PID runs any more. Other files stay, whatever they are called.
void remove_stale_temporaries(const std::filesystem::path& folder);

}  // namespace lanet
