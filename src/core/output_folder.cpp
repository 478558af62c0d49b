#include "core/output_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/file.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecordTitle =
    "# What lanet wrote here: SHA-256 and name. lanet replaces a file only while it is as listed.\n";
constexpr std::size_t kDigestLength = 64;
constexpr std::size_t kMarkBytes = 1 << 16;

/// A line break or a backslash in a name, as sha256sum writes them.
std::string escape_name(const std::string& name) {
  std::string escaped;
  for (const char letter : name) {
    if (letter == '\\')
      escaped += "\\\\";
    else if (letter == '\n')
      escaped += "\\n";
    else
      escaped += letter;
  }
  return escaped;
}

std::string unescape_name(std::string_view escaped) {
  std::string name;
  for (std::size_t place = 0; place < escaped.size(); ++place) {
    if (escaped[place] == '\\' && place + 1 < escaped.size()) {
      ++place;
      name += escaped[place] == 'n' ? '\n' : escaped[place];
    } else {
      name += escaped[place];
    }
  }
  return name;
}

/// A link counts as a file of its own, wherever it leads.
bool something_is_at(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

bool is_plain_file(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::regular;
}

std::string first_bytes_of(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return "";
  std::string bytes(kMarkBytes, '\0');
  const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
  ::close(descriptor);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t index = 0; index < 4; ++index)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + index]);
  return value;
}

constexpr std::string_view kPng("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t kStartBytes = 4096;  // of a text, that its mark or kind stands in

/// What a PNG says of its writer, in a text chunk before its pixels; "" for nothing.
std::string_view png_software(std::string_view bytes) {
  constexpr std::string_view kKeyword("Software\0", 9);
  for (std::size_t offset = 8; offset + 12 <= bytes.size();) {
    const std::size_t length = big_endian(bytes, offset);
    const std::string_view type = bytes.substr(offset + 4, 4), content = bytes.substr(offset + 8, length);
    if (type == "IDAT") return "";
    if (type == "tEXt" && content.starts_with(kKeyword)) return content.substr(kKeyword.size());
    offset += 12 + length;
  }
  return "";
}

/// The value of "format" among the first members of a JSON object; "" without.
std::string_view json_format(std::string_view bytes) {
  std::size_t place = bytes.find("\"format\"");
  if (place == std::string_view::npos) return "";
  place = bytes.find_first_not_of(" \t\r\n", place + std::string_view("\"format\"").size());
  if (place == std::string_view::npos || bytes[place] != ':') return "";
  place = bytes.find_first_not_of(" \t\r\n", place + 1);
  if (place == std::string_view::npos || bytes[place] != '"') return "";
  const std::string_view value = bytes.substr(place + 1);
  return value.substr(0, value.find('"'));
}

/// Without the version: a newer lanet replaces what an older one wrote.
std::string png_kind(std::string_view bytes) {
  const std::string_view software = png_software(bytes);
  if (!software.starts_with("lanet")) return "a PNG file";
  const std::size_t last = software.rfind(' ');
  if (software.ends_with(" result")) return "a PNG result";
  return software.substr(last + 1) == "mask" ? "a PNG truth mask" : kPictureKind;
}

/// Of a text: the first two columns of a list, or its beginning.
std::string text_kind(std::string_view start) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (start.starts_with(kByteOrderMark)) start.remove_prefix(kByteOrderMark.size());
  const std::vector<std::string> columns = split_text(start.substr(0, start.find_first_of("\r\n")), ',');
  return columns.size() < 2 || start.starts_with('#') ? "a text" : "a list of " + columns[0] + ", " + columns[1];
}

bool is_text(std::string_view start) {
  return std::none_of(start.begin(), start.end(), [](char letter) {
    return static_cast<unsigned char>(letter) < ' ' && letter != '\t' && letter != '\r' && letter != '\n';
  });
}

/// Whether the record has that line by now: another process may write into the same folder.
bool lists_now(const fs::path& record, const std::string& name, const std::string& digest) {
  if (!is_plain_file(record)) return false;
  const std::vector<std::string> lines = split_text(read_text_file(record), '\n');
  return std::find(lines.begin(), lines.end(), digest + "  " + escape_name(name)) != lines.end();
}

}  // namespace

std::string kind_of_result(std::string_view bytes) {
  constexpr std::size_t kDicomAt = 128, kModelHeaderAt = 8;
  if (bytes.empty()) return "";
  if (bytes.starts_with(kPng)) return png_kind(bytes);
  if (bytes.size() > kDicomAt && bytes.substr(kDicomAt).starts_with("DICM")) return "a DICOM object";
  const std::string_view start = bytes.substr(0, kStartBytes);
  if (!is_text(start))
    return bytes.substr(std::min(kModelHeaderAt, bytes.size())).starts_with('{') ? kModelKind : kBinaryKind;
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  const char letter = first == std::string_view::npos ? ' ' : start[first];
  if (letter == '{') {
    const std::string_view format = json_format(start);
    return format.empty() ? "a JSON file" : "a JSON file of " + std::string(format);
  }
  if (letter == '<') return start.find("<svg") == std::string_view::npos ? "a page" : "an SVG drawing";
  return text_kind(start);
}

bool bytes_carry_lanet_mark(std::string_view bytes) {
  if (bytes.starts_with(kPng)) return png_software(bytes).starts_with("lanet");
  const std::string_view start = bytes.substr(0, kStartBytes);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  if (start[first] == '{') return json_format(start).starts_with("lanet-");
  if (start[first] == '<')
    return start.find("<meta name=\"generator\" content=\"lanet") != std::string_view::npos ||
           start.find("<!-- lanet ") != std::string_view::npos;
  return start.starts_with("# lanet ") || start.starts_with("# Written by lanet");
}

bool carries_lanet_mark(const fs::path& file) { return bytes_carry_lanet_mark(first_bytes_of(file)); }

OutputFolder::OutputFolder(fs::path folder, bool overwrite)
    : folder_(folder.empty() ? fs::path(".") : std::move(folder)), overwrite_(overwrite) {
  remove_stale_temporaries(folder_);
  const fs::path record = folder_ / kOutputRecordName;
  if (!something_is_at(record)) return;
  record_usable_ = is_plain_file(record);
  if (!record_usable_) return;
  const std::string text = read_text_file(record);
  record_usable_ = text.starts_with("# What lanet wrote here");
  if (!record_usable_) return;
  for (const std::string& line : split_text(text, '\n'))
    if (line.size() > kDigestLength + 2 && line[0] != '#')
      recorded_[unescape_name(std::string_view(line).substr(kDigestLength + 2))].insert(line.substr(0, kDigestLength));
}

bool OutputFolder::is_ours(const std::string& name) const {
  if (written_.contains(name)) return true;
  const fs::path file = folder_ / name;
  if (!is_plain_file(file)) return false;
  // A mark in the content says who made a file, not who put it here: a mask may have been taken over as the truth.
  try {
    const std::string digest = sha256_file(file);
    const auto listed = recorded_.find(name);
    if (listed != recorded_.end() && listed->second.contains(digest)) return true;
    return record_usable_ && lists_now(folder_ / kOutputRecordName, name, digest);
  } catch (const Error&) {
    return false;  // what cannot be read may be anything
  }
}

bool OutputFolder::may_write(const fs::path& name) const {
  const fs::path file = folder_ / name;
  if (!something_is_at(file)) return true;
  std::error_code ignored;
  if (fs::is_directory(fs::symlink_status(file, ignored))) return false;
  if (overwrite_) return true;
  const std::lock_guard lock(mutex_);
  return is_ours(name.lexically_normal().string());
}

bool OutputFolder::was_changed(const fs::path& name) const {
  const std::lock_guard lock(mutex_);
  const std::string plain = name.lexically_normal().string();
  return recorded_.contains(plain) && is_plain_file(folder_ / plain) && !is_ours(plain);
}

void OutputFolder::require_writable(const std::vector<fs::path>& names, const std::string& kind) const {
  std::vector<std::string> taken;
  for (const fs::path& name : names)
    if (!may_write(name)) taken.push_back((folder_ / name).string());
  if (taken.empty()) {
    for (const fs::path& name : names) require_kind(name, kind);
    return;
  }
  std::error_code ignored;
  if (fs::is_directory(fs::symlink_status(taken.front(), ignored)))
    throw InTheWay({taken.front(), "a folder", "room for a file of that name", "choose another place for the results"});
  const std::string more = taken.size() > 1 ? " (and " + std::to_string(taken.size() - 1) + " more)" : "";
  throw InTheWay({taken.front(), "a file that lanet did not write, or that was changed since" + more,
                  "room for a result", "choose another place for the results, or give --overwrite"});
}

/// Of a file that lanet wrote: whether a result of this kind may take its place.
void OutputFolder::require_kind(const fs::path& name, const std::string& kind) const {
  if (overwrite_ || kind.empty()) return;
  const std::string there = kind_of_result(first_bytes_of(folder_ / name));
  if (!there.empty() && there != kind)
    throw InTheWay({(folder_ / name).string(), there + " that lanet wrote", "room for " + kind,
                    "choose another place for the results, or give --overwrite"});
}

void OutputFolder::note(const std::string& name, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  if (record_usable_ && recorded_[name].insert(digest).second) {
    const fs::path record = folder_ / kOutputRecordName;
    const bool fresh = !something_is_at(record);
    const int file = ::open(record.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0)
      throw SystemError({record.string(), std::string("cannot open the file (") + std::strerror(errno) + ")", "",
                         remedy_for_system_error(errno)});
    const std::string line = (fresh ? std::string(kRecordTitle) : "") + digest + "  " + escape_name(name) + "\n";
    const bool whole = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const int code = errno;
    ::close(file);
    if (!whole)
      throw SystemError({record.string(), std::string("cannot write the file (") + std::strerror(code) + ")", "",
                         remedy_for_system_error(code)});
  }
  written_.insert(name);
}

void OutputFolder::write(const fs::path& name, std::string_view bytes) {
  require_writable({name}, kind_of_result(bytes.substr(0, kMarkBytes)));
  const fs::path file = folder_ / name;
  create_folders(file.parent_path());
  note(name.lexically_normal().string(), sha256_hex(bytes));
  write_file_atomically(file, bytes);
}

void OutputFolder::write_with(const fs::path& name, const std::function<void(const fs::path&)>& write,
                              const std::function<void(const fs::path&)>& verify) {
  require_writable({name});
  replace_file_atomically(folder_ / name, write, [&](const fs::path& temporary) {
    if (verify) verify(temporary);
    require_kind(name, kind_of_result(first_bytes_of(temporary)));
    note(name.lexically_normal().string(), sha256_file(temporary));
  });
}

bool OutputFolder::remove(const fs::path& name) {
  if (!something_is_at(folder_ / name)) return false;
  require_writable({name});
  return fs::remove(folder_ / name);
}

bool OutputFolder::remove_earlier(const fs::path& name) {
  if (!is_plain_file(folder_ / name)) return false;
  const std::lock_guard lock(mutex_);
  return is_ours(name.lexically_normal().string()) && fs::remove(folder_ / name);
}

fs::path OutputFolder::keep_as_earlier(const fs::path& name) {
  if (!something_is_at(folder_ / name)) return {};
  for (int number = 1;; ++number) {
    const std::string mark = number == 1 ? "-before" : "-before-" + std::to_string(number);
    fs::path kept = name;
    kept.replace_filename(name.stem().string() + mark + name.extension().string());
    if (something_is_at(folder_ / kept)) continue;
    fs::rename(folder_ / name, folder_ / kept);
    return kept;
  }
}

void write_output_file(const fs::path& file, std::string_view bytes, bool overwrite) {
  OutputFolder(file.parent_path(), overwrite).write(file.filename(), bytes);
}

}  // namespace lanet
