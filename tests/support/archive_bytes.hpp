#pragma once

#include <string>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

namespace lanet {

/// What a test packs: also what no honest program would.
struct PackedFile {
  std::string name;
  std::string bytes;
  std::string link{};  // where a symbolic link points to; empty: a plain file
  bool folder = false;
};

/// format: "zip", "tar", "tar.gz".
inline std::string pack_archive(const std::string& format, const std::vector<PackedFile>& files,
                                const std::string& password = "") {
  std::string packed;
  archive* writer = archive_write_new();
  if (format == "zip")
    archive_write_set_format_zip(writer);
  else
    archive_write_set_format_pax_restricted(writer);
  if (format == "tar.gz") archive_write_add_filter_gzip(writer);
  if (!password.empty()) {
    archive_write_set_options(writer, "zip:encryption=aes256");
    archive_write_set_passphrase(writer, password.c_str());
  }
  const auto append = [](archive*, void* target, const void* data, std::size_t length) -> la_ssize_t {
    static_cast<std::string*>(target)->append(static_cast<const char*>(data), length);
    return static_cast<la_ssize_t>(length);
  };
  archive_write_open(writer, &packed, nullptr, append, nullptr);
  for (const PackedFile& file : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, file.name.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, !file.link.empty() ? AE_IFLNK : file.folder ? AE_IFDIR : AE_IFREG);
    if (!file.link.empty()) archive_entry_set_symlink(entry, file.link.c_str());
    archive_entry_set_size(entry, file.link.empty() ? static_cast<la_int64_t>(file.bytes.size()) : 0);
    archive_write_header(writer, entry);
    if (!file.bytes.empty()) archive_write_data(writer, file.bytes.data(), file.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return packed;
}

}  // namespace lanet
