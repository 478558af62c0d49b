#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace lanet {

/// Whole content of a file. Throws SystemError if it cannot be read, DataError if it is larger than max_bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 32);

/// Writes to a temporary file beside `path`, syncs it, reads it back, then renames: readers see the old or the new
/// file, never a part. Creates missing parent folders. Throws SystemError (disk full, read-only) and leaves the old
/// file as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same for writers that need a path of their own (image encoders, large tensors): `write` fills the temporary file
/// it is given, `verify` may read it back and throw. On any exception the temporary file is removed and `path` is
/// untouched. The temporary file's name ends in the extension of `path`.
void replace_file_atomically(const std::filesystem::path& path,
                             const std::function<void(const std::filesystem::path&)>& write,
                             const std::function<void(const std::filesystem::path&)>& verify = {});

}  // namespace lanet
