#include "image/picture_header.hpp"

#include <array>
#include <cstdlib>
#include <set>

#include "core/error.hpp"

namespace lanet {
namespace {

constexpr std::size_t kMostPages = 65'535;
constexpr std::uint32_t kTiffWidth = 256, kTiffHeight = 257, kTiffOrientation = 274;

/// Bytes at an offset as a number; past the end it throws, which makes every truncated header a DataError.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  std::uint32_t number(std::size_t offset, std::size_t count, bool little_endian) const {
    if (offset > bytes_.size() || bytes_.size() - offset < count)
      throw DataError({place_, "a truncated file of " + std::to_string(bytes_.size()) + " bytes", kAcceptedPictures,
                       "save or copy the picture anew"});
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < count; ++index) {
      const auto byte = static_cast<unsigned char>(bytes_[offset + (little_endian ? count - 1 - index : index)]);
      value = value << 8 | byte;
    }
    return value;
  }
  std::uint32_t big(std::size_t offset, std::size_t count) const { return number(offset, count, false); }
  std::uint32_t little(std::size_t offset, std::size_t count) const { return number(offset, count, true); }
  bool has(std::size_t offset, std::size_t count) const {
    return offset <= bytes_.size() && bytes_.size() - offset >= count;
  }
  std::size_t size() const { return bytes_.size(); }
  std::string_view view(std::size_t offset, std::size_t count) const {
    return has(offset, count) ? bytes_.substr(offset, count) : std::string_view();
  }
  const std::string& place() const { return place_; }

 private:
  std::string_view bytes_;
  const std::string& place_;
};

ImageHeader header_of(std::int64_t height, std::int64_t width, const char* format) {
  ImageHeader header;
  header.height = height;
  header.width = width;
  header.format = format;
  return header;
}

void turn(ImageHeader& header, int orientation) {
  header.orientation = orientation;
  if (header.turned()) std::swap(header.height, header.width);
}

/// The entry of a TIFF directory, or 0 where it is not there.
std::size_t tiff_entry(const Bytes& bytes, std::size_t directory, bool little, std::uint32_t tag) {
  const std::uint32_t entries = bytes.number(directory, 2, little);
  for (std::uint32_t entry = 0; entry < entries; ++entry) {
    const std::size_t offset = directory + 2 + std::size_t{12} * entry;
    if (bytes.number(offset, 2, little) == tag) return offset;
  }
  return 0;
}

std::uint32_t tiff_value(const Bytes& bytes, std::size_t entry, bool little) {
  if (entry == 0) return 0;
  return bytes.number(entry + 8, bytes.number(entry + 2, 2, little) == 3 ? 2 : 4, little);
}

/// 1 for everything that is no orientation: a broken EXIF block does not make a picture unreadable.
int orientation_in(const Bytes& bytes, std::size_t directory, bool little) {
  const std::uint32_t value = tiff_value(bytes, tiff_entry(bytes, directory, little, kTiffOrientation), little);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

int exif_orientation(std::string_view exif) {
  if (exif.starts_with(std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
  const bool little = exif.starts_with("II");
  if (!little && !exif.starts_with("MM")) return 1;
  const std::string nowhere;
  try {
    const Bytes bytes(exif, nowhere);
    return orientation_in(bytes, bytes.number(4, 4, little), little);
  } catch (const DataError&) {
    return 1;
  }
}

ImageHeader png_header(const Bytes& bytes) {
  ImageHeader header = header_of(bytes.big(20, 4), bytes.big(16, 4), "PNG");
  for (std::size_t offset = 8; bytes.has(offset, 8);) {
    const std::size_t length = bytes.big(offset, 4);
    const std::string_view type = bytes.view(offset + 4, 4);
    if (type == "eXIf") turn(header, exif_orientation(bytes.view(offset + 8, length)));
    if (type == "eXIf" || type == "IEND" || length > bytes.size()) break;
    offset += 12 + length;
  }
  return header;
}

ImageHeader bmp_header(const Bytes& bytes) {
  if (bytes.little(14, 4) == 12) return header_of(bytes.little(20, 2), bytes.little(18, 2), "BMP");
  const auto height = static_cast<std::int32_t>(bytes.little(22, 4));
  return header_of(std::abs(static_cast<std::int64_t>(height)), static_cast<std::int32_t>(bytes.little(18, 4)), "BMP");
}

ImageHeader jpeg_header(const Bytes& bytes) {
  int orientation = 1;
  for (std::size_t offset = 2; offset + 4 <= bytes.size();) {
    if (bytes.big(offset, 1) != 0xFF) break;
    const std::uint32_t marker = bytes.big(offset + 1, 1);
    if (marker == 0xFF) {
      ++offset;
      continue;
    }
    const std::size_t length = bytes.big(offset + 2, 2);
    const bool exif = marker == 0xE1 && bytes.view(offset + 4, 6) == std::string_view("Exif\0\0", 6);
    if (exif && length > 2 && orientation == 1) orientation = exif_orientation(bytes.view(offset + 4, length - 2));
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      ImageHeader header = header_of(bytes.big(offset + 5, 2), bytes.big(offset + 7, 2), "JPEG");
      turn(header, orientation);
      return header;
    }
    offset += 2 + length;
  }
  throw DataError({bytes.place(), "a JPEG without a frame header", kAcceptedPictures, "save the picture anew"});
}

ImageHeader tiff_page(const Bytes& bytes, std::size_t directory, bool little) {
  ImageHeader header = header_of(tiff_value(bytes, tiff_entry(bytes, directory, little, kTiffHeight), little),
                                 tiff_value(bytes, tiff_entry(bytes, directory, little, kTiffWidth), little), "TIFF");
  header.first_page = static_cast<std::int64_t>(directory);
  turn(header, orientation_in(bytes, directory, little));
  return header;
}

/// Offsets of the pages' directories, at least one; a damaged chain ends where it is damaged.
std::vector<std::size_t> tiff_pages(const Bytes& bytes, bool little) {
  std::vector<std::size_t> pages{bytes.number(4, 4, little)};
  std::set<std::size_t> seen{pages.front()};
  while (pages.size() < kMostPages) {
    if (!bytes.has(pages.back(), 2)) break;
    const std::size_t end = pages.back() + 2 + std::size_t{12} * bytes.number(pages.back(), 2, little);
    if (!bytes.has(end, 4)) break;
    const std::size_t next = bytes.number(end, 4, little);
    if (next == 0 || !bytes.has(next, 2) || !seen.insert(next).second) break;
    pages.push_back(next);
  }
  return pages;
}

ImageHeader tiff_header(const Bytes& bytes, bool little, std::int64_t page) {
  const auto pages = tiff_pages(bytes, little);
  ImageHeader header = tiff_page(bytes, pages.at(static_cast<std::size_t>(page)), little);
  header.pages = static_cast<std::int64_t>(pages.size());
  return header;
}

/// Blocks of "length, bytes" up to an empty one; the offset behind them.
std::size_t after_gif_blocks(const Bytes& bytes, std::size_t offset) {
  while (bytes.has(offset, 1)) {
    const std::size_t length = bytes.little(offset, 1);
    offset += 1 + length;
    if (length == 0) break;
  }
  return offset;
}

std::size_t gif_colours(std::uint32_t flags) { return (flags & 0x80) ? std::size_t{3} << ((flags & 7) + 1) : 0; }

ImageHeader gif_header(const Bytes& bytes) {
  ImageHeader header = header_of(bytes.little(8, 2), bytes.little(6, 2), "GIF");
  std::int64_t pictures = 0;
  for (std::size_t offset = 13 + gif_colours(bytes.little(10, 1)); bytes.has(offset, 1);) {
    const std::uint32_t introducer = bytes.little(offset, 1);
    if (introducer == 0x21) {
      offset = after_gif_blocks(bytes, offset + 2);
    } else if (introducer == 0x2C && bytes.has(offset, 11)) {
      ++pictures;
      offset = after_gif_blocks(bytes, offset + 11 + gif_colours(bytes.little(offset + 9, 1)));
    } else {
      break;
    }
  }
  header.pages = std::max<std::int64_t>(pictures, 1);
  return header;
}

ImageHeader webp_header(const Bytes& bytes) {
  const std::string_view kind = bytes.view(12, 4);
  if (kind == "VP8 ") return header_of(bytes.little(28, 2) & 0x3FFF, bytes.little(26, 2) & 0x3FFF, "WebP");
  if (kind == "VP8L") {
    const std::uint32_t sides = bytes.little(21, 4);
    return header_of((sides >> 14 & 0x3FFF) + 1, (sides & 0x3FFF) + 1, "WebP");
  }
  if (kind != "VP8X") throw DataError({bytes.place(), "a damaged WebP file", kAcceptedPictures, "save it anew"});
  if (bytes.little(20, 1) & 2)
    throw DataError(
        {bytes.place(), "an animated WebP", "a WebP of one picture", "save its pictures one by one as PNG"});
  ImageHeader header = header_of(bytes.little(27, 3) + std::int64_t{1}, bytes.little(24, 3) + std::int64_t{1}, "WebP");
  for (std::size_t offset = 12; bytes.has(offset, 8);) {
    const std::size_t length = bytes.little(offset + 4, 4);
    if (bytes.view(offset, 4) == "EXIF") turn(header, exif_orientation(bytes.view(offset + 8, length)));
    if (length > bytes.size()) break;
    offset += 8 + length + length % 2;
  }
  return header;
}

bool is_tiff(std::string_view bytes, bool little) {
  return bytes.starts_with(little ? std::string_view("II*\0", 4) : std::string_view("MM\0*", 4));
}

/// What people take for pictures and lanet does not read as one.
std::string name_of_other(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  if (bytes.size() > 12 && bytes.substr(4, 4) == "ftyp") {
    const std::string_view brand = bytes.substr(8, 4);
    if (brand.starts_with("avi")) return "an AVIF picture";
    if (brand.starts_with("he") || brand == "mif1" || brand == "msf1") return "a HEIC picture";
    return "a video file";
  }
  if (bytes.size() > 132 && bytes.substr(128, 4) == "DICM") return "a DICOM file";
  struct Magic {
    std::string_view bytes;
    const char* name;
  };
  constexpr std::array<Magic, 11> kOthers = {{{{"\0\0\0\x0CjP  ", 8}, "a JPEG 2000 picture"},
                                              {{"\xFF\x4F\xFF\x51", 4}, "a JPEG 2000 picture"},
                                              {{"\0\0\0\x0CJXL ", 8}, "a JPEG XL picture"},
                                              {{"II+\0", 4}, "a BigTIFF picture"},
                                              {{"MM\0+", 4}, "a BigTIFF picture"},
                                              {{"%PDF", 4}, "a PDF file"},
                                              {{"PK\3\4", 4}, "a ZIP archive"},
                                              {{"\x1F\x8B", 2}, "a gzip archive"},
                                              {{"\x93NUMPY", 6}, "a NumPy array"},
                                              {{"\x89HDF", 4}, "an HDF5 file"},
                                              {{"<svg", 4}, "an SVG drawing"}}};
  for (const Magic& other : kOthers)
    if (bytes.starts_with(other.bytes)) return other.name;
  return "a file of another kind (by its first bytes)";
}

ImageHeader read_header(std::string_view bytes, const std::string& place, std::int64_t page) {
  const Bytes reader(bytes, place);
  if (is_tiff(bytes, true)) return tiff_header(reader, true, page);
  if (is_tiff(bytes, false)) return tiff_header(reader, false, page);
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return png_header(reader);
  if (bytes.starts_with("\xFF\xD8\xFF")) return jpeg_header(reader);
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return gif_header(reader);
  if (bytes.starts_with("RIFF") && reader.view(8, 4) == "WEBP") return webp_header(reader);
  if (bytes.starts_with("BM")) return bmp_header(reader);
  throw DataError({place, name_of_other(bytes), kAcceptedPictures, bytes.empty() ? "" : "save it as PNG"});
}

}  // namespace

ImageHeader probe_page(std::string_view bytes, const std::string& place, std::int64_t page, const InputLimits& limits) {
  if (static_cast<std::int64_t>(bytes.size()) > limits.image_bytes)
    throw DataError(
        {place, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(limits.image_bytes), ""});
  const ImageHeader header = read_header(bytes, place, page);
  const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height) + " px";
  if (header.width < 1 || header.height < 1) throw DataError({place, size, "at least 1 x 1 px", ""});
  if (header.width > limits.image_side || header.height > limits.image_side ||
      header.width * header.height > limits.image_pixels)
    throw DataError({place, size,
                     "at most " + std::to_string(limits.image_side) + " px a side and " +
                         std::to_string(limits.image_pixels) + " pixels",
                     ""});
  return header;
}

ImageHeader probe_image(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  return probe_page(bytes, place, 0, limits);
}

std::string tiff_with_page_first(std::string_view bytes, const ImageHeader& page) {
  std::string changed(bytes);
  const bool little = is_tiff(bytes, true);
  const auto write = [&](std::size_t offset, std::uint64_t value, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index)
      changed[offset + (little ? index : count - 1 - index)] = static_cast<char>(value >> 8 * index & 0xFF);
  };
  write(4, static_cast<std::uint64_t>(page.first_page), 4);
  const std::string nowhere;
  const Bytes reader(bytes, nowhere);
  const std::size_t entry = tiff_entry(reader, static_cast<std::size_t>(page.first_page), little, kTiffOrientation);
  if (entry != 0) write(entry + 8, 1, reader.number(entry + 2, 2, little) == 3 ? 2 : 4);
  return changed;
}

}  // namespace lanet
