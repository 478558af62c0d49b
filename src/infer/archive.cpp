#include "infer/archive.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kEndings = {".zip", ".tar", ".tar.gz", ".tgz"};
constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kTarMagicAt = 257;
constexpr std::int64_t kAlwaysAllowed = 64LL << 20;  // bytes that any archive may unpack to
constexpr std::size_t kLongestName = 1000, kLongestPart = 255;

/// Zips are small at the end and large in the middle: their directory is read whole before the first entry. This many
/// bytes an entry are more than any real one has.
constexpr std::int64_t kDirectoryBytesPerEntry = 1024;
constexpr std::size_t kZipEndBytes = 22, kLongestZipComment = 65535;

struct Magic {
  std::string_view bytes, kind;
};
using namespace std::string_view_literals;
constexpr std::array kMagics{Magic{"PK\x03\x04"sv, "zip"},
                             Magic{"PK\x05\x06"sv, "zip"},
                             Magic{"\x1F\x8B"sv, "gzip"},
                             Magic{"7z\xBC\xAF\x27\x1C"sv, "7z"},
                             Magic{"Rar!\x1A\x07"sv, "rar"},
                             Magic{"\xFD"
                                   "7zXZ\0"sv,
                                   "xz"},
                             Magic{"BZh"sv, "bzip2"},
                             Magic{"\x28\xB5\x2F\xFD"sv, "zstd"}};

std::int64_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t index = count; index-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + index]);
  return static_cast<std::int64_t>(value);
}

/// Bytes from where a zip's directory begins to the end of the file; 0 where no end of a directory is found.
std::int64_t zip_directory_bytes(std::string_view tail, std::int64_t size) {
  const std::size_t at = tail.rfind("PK\x05\x06");
  if (at == std::string_view::npos || at + kZipEndBytes > tail.size()) return 0;
  constexpr std::size_t kDirectoryAt = 16, kWideDirectoryAt = 48, kWideEndBytes = 56;
  constexpr std::int64_t kInZip64 = 0xFFFFFFFF;
  const std::int64_t begin = little_endian(tail, at + kDirectoryAt, 4);
  if (begin != kInZip64) return size - begin;
  const std::size_t wide = tail.rfind("PK\x06\x06");
  if (wide == std::string_view::npos || wide + kWideEndBytes > tail.size()) return size;
  return size - std::clamp<std::int64_t>(little_endian(tail, wide + kWideDirectoryAt, 8), 0, size);
}

std::string last_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::int64_t>(file.tellg());
  const auto wanted = std::min<std::int64_t>(size, kZipEndBytes + kLongestZipComment);
  std::string tail(static_cast<std::size_t>(std::max<std::int64_t>(wanted, 0)), '\0');
  file.seekg(size - wanted);
  file.read(tail.data(), wanted);
  return tail;
}

/// Without line breaks and other control letters, for messages.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, kLongestPart));
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, '?');
  return text;
}

/// Names in UTF-8 while it lives, on this thread: libarchive brings them to the letters of the locale, and the plain
/// one has few.
class Utf8Names {
 public:
  Utf8Names()
      : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(locale_ ? uselocale(locale_) : nullptr) {}
  ~Utf8Names() {
    if (!locale_) return;
    uselocale(before_);
    freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t locale_, before_;
};

/// In UTF-8. Names of old zips are in the letters of whoever packed them (GBK, Shift-JIS, windows-1252).
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (!name) name = archive_entry_pathname_utf8(entry);
  if (!name) return "";
  return is_utf8(name) ? std::string(name) : decode_text(name).text;
}

bool is_link(archive_entry* entry) {
  return archive_entry_filetype(entry) == AE_IFLNK || archive_entry_hardlink(entry) || archive_entry_symlink(entry);
}

}  // namespace

std::string archive_kind(std::string_view first_bytes) {
  for (const Magic& magic : kMagics)
    if (first_bytes.starts_with(magic.bytes)) return std::string(magic.kind);
  return first_bytes.size() > kTarMagicAt && first_bytes.substr(kTarMagicAt).starts_with("ustar") ? "tar" : "";
}

std::string archive_kind_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(kHeaderBytes, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return archive_kind(
      std::string_view(start).substr(0, static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0))));
}

bool has_archive_extension(const fs::path& file) {
  const std::string name = to_lower(file.filename().string());
  return std::any_of(kEndings.begin(), kEndings.end(), [&name](const char* ending) { return name.ends_with(ending); });
}

std::string fault_of_entry_name(std::string_view name) {
  if (name.empty()) return "an entry without a name";
  if (name.size() > kLongestName) return "a name of " + std::to_string(name.size()) + " letters";
  if (name.front() == '/' || (name.size() > 1 && name[1] == ':')) return "an absolute name";
  for (const char letter : name)
    if (letter == '\\' || static_cast<unsigned char>(letter) < ' ' || letter == '\x7F')
      return "a backslash or control letter in a name";
  for (const std::string& part : split_text(name, '/')) {
    if (part == "..") return "a name that leaves the archive's folder";
    if (part.size() > kLongestPart) return "a name of " + std::to_string(part.size()) + " letters";
  }
  return "";
}

struct ArchiveReader::Stream {
  Stream(std::string place_name, const InputLimits& input, std::int64_t bytes)
      : place(std::move(place_name)), limits(input), size(bytes), source(archive_read_new()) {}
  ~Stream() { archive_read_free(source); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[noreturn]] void refuse(const std::string& got, const std::string& expected, const std::string& remedy = "") {
    ended = true;
    throw DataError({place, got, expected, remedy});
  }

  void check_kind(const std::string& kind) {
    if (kind.empty())
      refuse(size == 0 ? "an empty file" : "no archive", "a zip, tar or tar.gz file", "fetch or pack it anew");
    if (kind != "zip" && kind != "tar" && kind != "gzip")
      refuse("a " + kind + " archive", "a zip, tar or tar.gz file", "pack it anew");
  }

  /// Before libarchive reads a zip's whole directory into memory.
  void check_zip_directory(std::string_view tail) {
    const std::int64_t bytes = zip_directory_bytes(tail, size);
    if (bytes > limits.archive_entries * kDirectoryBytesPerEntry)
      refuse("a zip directory of " + human_bytes(static_cast<double>(bytes)),
             "at most " + human_bytes(static_cast<double>(limits.archive_entries * kDirectoryBytesPerEntry)),
             "raise it by --limit archive_entries=...");
  }

  void prepare() {
    archive_read_support_format_zip(source);
    archive_read_support_format_tar(source);
    archive_read_support_format_gnutar(source);
    archive_read_support_filter_gzip(source);
  }

  void check_opened(int status) {
    if (status != ARCHIVE_OK) refuse("no whole archive", "a zip, tar or tar.gz file", "fetch or pack it anew");
    constexpr int kGzipAndNone = 2;
    if (archive_filter_count(source) > kGzipAndNone) refuse("gzip inside gzip", "a zip, tar or tar.gz file");
  }

  /// The next header; nullptr at the end.
  archive_entry* next_header() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(source, &entry);
    if (status == ARCHIVE_EOF) {
      ended = true;
      return nullptr;
    }
    if (status < ARCHIVE_WARN) refuse("a damaged archive", "a whole zip, tar or tar.gz file", "fetch or pack it anew");
    if (++entries > limits.archive_entries)
      refuse("more than " + std::to_string(limits.archive_entries) + " entries", "fewer",
             "raise it by --limit archive_entries=...");
    return entry;
  }

  std::int64_t largest_entry() const { return std::max(limits.dicom_bytes, limits.image_bytes); }

  /// Why an entry is left out, from its header alone; "" where it is read.
  std::string fault_of(archive_entry* entry, const std::string& name) {
    if (std::string fault = fault_of_entry_name(name); !fault.empty()) return fault;
    if (is_link(entry)) return "a link";
    if (archive_entry_filetype(entry) != AE_IFREG) return "no plain file";
    if (archive_entry_is_encrypted(entry)) return "an encrypted entry";
    const std::string format = archive_format_name(source) ? archive_format_name(source) : "";
    if (format.starts_with("ZIP") && format.find("deflation") == std::string::npos &&
        format.find("uncompressed") == std::string::npos)
      return "an entry packed by " + format;
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > largest_entry())
      return std::to_string(archive_entry_size(entry)) + " bytes";
    return "";
  }

  void count(std::int64_t bytes) {
    unpacked += bytes;
    if (unpacked > limits.archive_bytes)
      refuse("entries of more than " + human_bytes(static_cast<double>(limits.archive_bytes)), "less",
             "raise it by --limit archive_bytes=...");
    if (unpacked > kAlwaysAllowed && unpacked / limits.archive_ratio > size)
      refuse("an archive that unpacks to more than " + std::to_string(limits.archive_ratio) + " times its size",
             "files that are no bomb", "raise it by --limit archive_ratio=... if the files are sound");
  }

  /// Content of an entry; nothing where it is left out, with the reason in `fault`.
  std::optional<std::string> content(std::string& fault) {
    std::string bytes;
    std::vector<char> buffer(1 << 16);
    for (;;) {
      const la_ssize_t read = archive_read_data(source, buffer.data(), buffer.size());
      if (read == 0) return bytes;
      if (read < 0) {
        fault = "a damaged entry";
        return std::nullopt;
      }
      count(read);
      if (static_cast<std::int64_t>(bytes.size()) + read > largest_entry()) {
        fault = "more than " + std::to_string(largest_entry()) + " bytes";
        return std::nullopt;
      }
      bytes.append(buffer.data(), static_cast<std::size_t>(read));
      if (bytes.size() == static_cast<std::size_t>(read) && !archive_kind(bytes).empty()) {
        fault = "an archive inside the archive";
        return std::nullopt;
      }
    }
  }

  std::string place;
  InputLimits limits;
  std::int64_t size = 0;  // of the archive, bytes
  archive* source = nullptr;
  std::int64_t entries = 0, unpacked = 0;
  bool ended = false;
};

ArchiveReader::ArchiveReader(const fs::path& path, const InputLimits& limits) {
  std::error_code failed;
  const auto size = static_cast<std::int64_t>(fs::file_size(path, failed));
  if (failed) throw SystemError({path.string(), "cannot read the file (" + failed.message() + ")", "a file", ""});
  stream_ = std::make_unique<Stream>(path.string(), limits, size);
  const std::string kind = archive_kind_of_file(path);
  stream_->check_kind(kind);
  if (kind == "zip") stream_->check_zip_directory(last_bytes(path));
  stream_->prepare();
  constexpr std::size_t kBlock = 1 << 16;
  stream_->check_opened(archive_read_open_filename(stream_->source, path.c_str(), kBlock));
}

ArchiveReader::ArchiveReader(std::string_view bytes, const std::string& place, const InputLimits& limits)
    : stream_(std::make_unique<Stream>(place, limits, static_cast<std::int64_t>(bytes.size()))) {
  const std::string kind = archive_kind(bytes.substr(0, kHeaderBytes));
  stream_->check_kind(kind);
  if (kind == "zip")
    stream_->check_zip_directory(
        bytes.substr(bytes.size() - std::min(bytes.size(), kZipEndBytes + kLongestZipComment)));
  stream_->prepare();
  stream_->check_opened(archive_read_open_memory(stream_->source, bytes.data(), bytes.size()));
}

ArchiveReader::~ArchiveReader() = default;
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;

const std::string& ArchiveReader::place() const { return stream_->place; }

std::optional<ArchiveEntry> ArchiveReader::next(std::vector<std::string>& problems) {
  const Utf8Names names;
  while (!stream_->ended) {
    archive_entry* header = stream_->next_header();
    if (!header) break;
    const std::string name = name_of(header);
    std::string fault = stream_->fault_of(header, name);
    if (archive_entry_filetype(header) == AE_IFDIR && fault == "no plain file") continue;
    if (fault.empty()) {
      if (std::optional<std::string> bytes = stream_->content(fault)) return ArchiveEntry{name, std::move(*bytes)};
    }
    problems.push_back(Problem{stream_->place + ":" + shown(name), fault, "plain files below the archive's folder",
                               "unpack it and give its folder"}
                           .line());
  }
  return std::nullopt;
}

}  // namespace lanet
