#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace lanet {

/// The folders of a queue. An object's state is the folder that it lies in; it changes by rename (docs/formats.md).
struct QueueFolder {
  std::filesystem::path root;

  std::filesystem::path receiving() const { return root / "receiving"; }  // parts; removed at start
  std::filesystem::path incoming() const { return root / "incoming"; }    // UID.dcm: acknowledged
  std::filesystem::path working() const { return root / "working"; }      // UID~N.dcm: being looked at
  std::filesystem::path results() const { return root / "results"; }      // UID/: on their way
  std::filesystem::path done() const { return root / "done"; }            // UID/: delivered everywhere
  std::filesystem::path parked() const { return root / "parked"; }        // UID/: given up
  std::filesystem::path failed() const { return root / "failed"; }        // UID.dcm, UID.json: no result

  /// Makes those that are missing. Throws SystemError.
  void create() const;
};

/// What a part of the queue takes up.
struct QueueUsage {
  std::int64_t objects = 0;
  std::int64_t bytes = 0;
};

/// Called between the steps that change the queue on disk; a test throws from it as a crash would end the process.
using CrashPoint = std::function<void(std::string_view step)>;

void make_folder(const std::filesystem::path& folder);
/// Creates the file with these bytes and syncs it (not its folder). Throws SystemError.
void write_synced(const std::filesystem::path& path, std::string_view bytes);
void sync_file(const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& folder);
/// Renames and syncs the target's folder. Throws SystemError.
void move_synced(const std::filesystem::path& from, const std::filesystem::path& to);
/// Adds bytes at the end by one write; creates the file. Throws SystemError.
void append_to_file(const std::filesystem::path& path, std::string_view bytes);
/// "" for an empty or missing file.
std::string last_byte(const std::filesystem::path& path);
/// Free bytes for this user on the disk of a folder.
std::int64_t free_bytes(const std::filesystem::path& folder);
/// Bytes of a file, or of all files in a folder. 0 for what is not there.
std::int64_t bytes_below(const std::filesystem::path& path);
/// Seconds since 1970.
std::int64_t unix_seconds();

}  // namespace lanet
