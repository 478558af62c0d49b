#include "modelfile/zip.hpp"

#include <algorithm>
#include <cstdint>

#include "core/error.hpp"

namespace lanet {
namespace {

// APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14, 4.3.16, 4.5.3.
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kIn64 = 0xffffffff;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kMaxComment = 0xffff;

class Archive {
 public:
  Archive(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  std::map<std::string, std::string_view> entries() const {
    const Directory directory = find_directory();
    std::map<std::string, std::string_view> found;
    std::uint64_t offset = directory.offset;
    for (std::uint64_t index = 0; index < directory.count; ++index) {
      if (number(offset, 4) != kCentralHeader) refuse("a damaged directory");
      const std::uint64_t name_size = number(offset + 28, 2), extra_size = number(offset + 30, 2);
      const std::string name(part(offset + 46, name_size));
      if (!name.empty() && name.back() != '/' && !found.emplace(name, content(offset, name_size, extra_size)).second)
        refuse("the entry '" + name + "' twice");
      offset += 46 + name_size + extra_size + number(offset + 32, 2);
    }
    return found;
  }

 private:
  struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
  };

  [[noreturn]] void refuse(const std::string& got) const {
    throw DataError({place_, got, "an undamaged zip archive with stored entries", ""});
  }

  std::string_view part(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) refuse("a truncated archive");
    return bytes_.substr(offset, size);
  }

  std::uint64_t number(std::uint64_t offset, std::size_t count) const {
    const std::string_view source = part(offset, count);
    std::uint64_t value = 0;
    for (std::size_t index = count; index-- > 0;) value = value << 8 | static_cast<unsigned char>(source[index]);
    return value;
  }

  Directory find_directory() const {
    if (bytes_.size() < kEndBytes) refuse("a truncated archive");
    const std::size_t lowest = bytes_.size() - std::min(bytes_.size(), kEndBytes + kMaxComment);
    for (std::size_t offset = bytes_.size() - kEndBytes + 1; offset-- > lowest;) {
      if (number(offset, 4) != kEnd) continue;
      Directory directory{number(offset + 16, 4), number(offset + 10, 2)};
      if (offset >= kLocatorBytes && number(offset - kLocatorBytes, 4) == kEnd64Locator) {
        const std::uint64_t end64 = number(offset - kLocatorBytes + 8, 8);
        if (number(end64, 4) != kEnd64) refuse("a damaged zip64 directory");
        directory = {number(end64 + 48, 8), number(end64 + 32, 8)};
      }
      if (directory.count > bytes_.size()) refuse("an impossible number of entries");
      return directory;
    }
    refuse("no zip directory");
  }

  std::string_view content(std::uint64_t header, std::uint64_t name_size, std::uint64_t extra_size) const {
    if (number(header + 8, 2) & 1) refuse("an encrypted entry");
    if (number(header + 10, 2) != 0) refuse("a compressed entry");
    std::uint64_t packed = number(header + 20, 4), size = number(header + 24, 4), local = number(header + 42, 4);
    read_zip64(header + 46 + name_size, extra_size, {&size, &packed, &local});
    if (packed != size) refuse("an entry of two sizes");
    if (number(local, 4) != kLocalHeader) refuse("a damaged entry");
    return part(local + 30 + number(local + 26, 2) + number(local + 28, 2), size);
  }

  /// The zip64 extra field holds, in this order, just those values that are all ones in the header.
  void read_zip64(std::uint64_t offset, std::uint64_t size, std::initializer_list<std::uint64_t*> values) const {
    for (const std::uint64_t end = offset + size; offset + 4 <= end;) {
      const std::uint64_t tag = number(offset, 2), length = number(offset + 2, 2);
      offset += 4;
      if (tag == 1) {
        std::uint64_t position = offset;
        for (std::uint64_t* value : values) {
          if (*value != kIn64) continue;
          *value = number(position, 8);
          position += 8;
        }
        return;
      }
      offset += length;
    }
  }

  std::string_view bytes_;
  const std::string& place_;
};

}  // namespace

std::map<std::string, std::string_view> read_stored_zip(std::string_view bytes, const std::string& place) {
  return Archive(bytes, place).entries();
}

}  // namespace lanet
