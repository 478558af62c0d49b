#include "image/codec.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "image/geometry.hpp"
#include "image/opencv.hpp"

namespace lanet {
namespace {

constexpr const char* kAccepted = "a PNG, JPEG, BMP or TIFF image";

/// Bytes at an offset as a number; past the end it throws, which makes every truncated header a DataError.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  std::uint32_t number(std::size_t offset, std::size_t count, bool little_endian) const {
    if (offset > bytes_.size() || bytes_.size() - offset < count)
      throw DataError({place_, "a truncated file of " + std::to_string(bytes_.size()) + " bytes", kAccepted, ""});
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < count; ++index) {
      const auto byte = static_cast<unsigned char>(bytes_[offset + (little_endian ? count - 1 - index : index)]);
      value = value << 8 | byte;
    }
    return value;
  }
  std::uint32_t big(std::size_t offset, std::size_t count) const { return number(offset, count, false); }
  std::uint32_t little(std::size_t offset, std::size_t count) const { return number(offset, count, true); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  const std::string& place_;
};

bool starts_with(std::string_view bytes, std::string_view magic) { return bytes.substr(0, magic.size()) == magic; }

ImageHeader png_header(const Bytes& bytes) { return {bytes.big(20, 4), bytes.big(16, 4), "PNG"}; }

ImageHeader bmp_header(const Bytes& bytes) {
  if (bytes.little(14, 4) == 12) return {bytes.little(20, 2), bytes.little(18, 2), "BMP"};
  const auto height = static_cast<std::int32_t>(bytes.little(22, 4));
  return {std::abs(static_cast<std::int64_t>(height)), static_cast<std::int32_t>(bytes.little(18, 4)), "BMP"};
}

ImageHeader jpeg_header(const Bytes& bytes, const std::string& place) {
  for (std::size_t offset = 2; offset + 4 <= bytes.size();) {
    if (bytes.big(offset, 1) != 0xFF) break;
    const std::uint32_t marker = bytes.big(offset + 1, 1);
    if (marker == 0xFF) {
      ++offset;
      continue;
    }
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return {bytes.big(offset + 5, 2), bytes.big(offset + 7, 2), "JPEG"};
    offset += 2 + bytes.big(offset + 2, 2);
  }
  throw DataError({place, "a JPEG without a frame header", kAccepted, ""});
}

ImageHeader tiff_header(const Bytes& bytes, bool little) {
  const std::size_t directory = bytes.number(4, 4, little);
  const std::uint32_t entries = bytes.number(directory, 2, little);
  ImageHeader header{0, 0, "TIFF"};
  for (std::uint32_t entry = 0; entry < entries; ++entry) {
    const std::size_t offset = directory + 2 + std::size_t{12} * entry;
    const std::uint32_t tag = bytes.number(offset, 2, little);
    const std::size_t width_of_value = bytes.number(offset + 2, 2, little) == 3 ? 2 : 4;
    if (tag == 256) header.width = bytes.number(offset + 8, width_of_value, little);
    if (tag == 257) header.height = bytes.number(offset + 8, width_of_value, little);
  }
  return header;
}

ImageHeader read_header(std::string_view bytes, const std::string& place) {
  const Bytes reader(bytes, place);
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return png_header(reader);
  if (starts_with(bytes, "\xFF\xD8\xFF")) return jpeg_header(reader, place);
  if (starts_with(bytes, "BM")) return bmp_header(reader);
  if (starts_with(bytes, std::string_view("II*\0", 4))) return tiff_header(reader, true);
  if (starts_with(bytes, std::string_view("MM\0*", 4))) return tiff_header(reader, false);
  throw DataError(
      {place, bytes.empty() ? "an empty file" : "a file of another kind (by its first bytes)", kAccepted, ""});
}

/// OpenCV hands back half-decoded pictures for truncated files; a PNG and a JPEG say themselves where they end.
void check_complete(std::string_view bytes, const ImageHeader& header, const std::string& place) {
  const bool complete = header.format == "PNG"    ? bytes.find("IEND") != std::string_view::npos
                        : header.format == "JPEG" ? bytes.rfind("\xFF\xD9") != std::string_view::npos
                                                  : true;
  if (!complete) throw DataError({place, "a truncated " + header.format + " file", "a complete file", ""});
}

cv::Mat decode(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  const ImageHeader header = probe_image(bytes, place, limits);
  check_complete(bytes, header, place);
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  cv::Mat decoded;
  try {
    decoded = cv::imdecode(input, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    throw DataError({place, "a damaged " + header.format + " file (" + error.err + ")", kAccepted, ""});
  }
  if (decoded.empty()) throw DataError({place, "a damaged " + header.format + " file", kAccepted, ""});
  // A file with two headers could get past the limits by the one that was not looked at.
  if (decoded.rows != header.height || decoded.cols != header.width)
    throw DataError({place,
                     std::to_string(decoded.cols) + " x " + std::to_string(decoded.rows) + " px after a header of " +
                         std::to_string(header.width) + " x " + std::to_string(header.height),
                     "one size", "save the picture anew"});
  if (decoded.depth() == CV_16U)
    decoded.convertTo(decoded, CV_8U, 1.0 / 257);
  else if (decoded.depth() != CV_8U)
    throw DataError({place, "pixels that are not 8 or 16 bit whole numbers", kAccepted, "convert it to PNG"});
  return decoded;
}

/// Grey stays; BGR and BGRA become RGB on black.
cv::Mat without_alpha(const cv::Mat& decoded) {
  cv::Mat rgb;
  if (decoded.channels() == 1) return decoded;
  if (decoded.channels() == 2) {  // grey with alpha
    cv::extractChannel(decoded, rgb, 0);
    return rgb;
  }
  cv::cvtColor(decoded, rgb, decoded.channels() == 4 ? cv::COLOR_BGRA2RGB : cv::COLOR_BGR2RGB);
  if (decoded.channels() == 4) {
    cv::Mat alpha, alpha3;
    cv::extractChannel(decoded, alpha, 3);
    cv::merge(std::vector<cv::Mat>{alpha, alpha, alpha}, alpha3);
    cv::multiply(rgb, alpha3, rgb, 1.0 / 255);
  }
  return rgb;
}

Image to_image(const cv::Mat& pixels) {
  Image image = make_image(pixels.rows, pixels.cols, pixels.channels());
  cv::Mat target = view(image);
  pixels.copyTo(target);
  return image;
}

bool is_grey(const Image& image) {
  for (std::size_t pixel = 0; pixel + 2 < image.pixels.size(); pixel += 3)
    if (image.pixels[pixel] != image.pixels[pixel + 1] || image.pixels[pixel] != image.pixels[pixel + 2]) return false;
  return true;
}

std::string encode(const cv::Mat& pixels, const char* extension, const std::vector<int>& parameters) {
  std::vector<unsigned char> bytes;
  if (!cv::imencode(extension, pixels, bytes, parameters))
    throw SystemError({"image encoder", std::string("no ") + extension, "one that OpenCV has", ""});
  return {bytes.begin(), bytes.end()};
}

cv::Mat bgr(const Image& image) {
  if (image.channels == 1) return view(image);
  cv::Mat swapped;
  cv::cvtColor(view(image), swapped, cv::COLOR_RGB2BGR);
  return swapped;
}

std::string read_limited(const std::filesystem::path& path, const InputLimits& limits) {
  return read_file(path, static_cast<std::uint64_t>(limits.image_bytes));
}

}  // namespace

bool has_image_extension(const std::filesystem::path& file) {
  static const std::set<std::string> kExtensions{".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"};
  return kExtensions.contains(to_lower(file.extension().string()));
}

bool is_mask_name(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t start = stem.rfind("_mask");
  if (start == std::string::npos) return false;
  const std::string rest = stem.substr(start + std::string("_mask").size());
  const auto digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
  return rest.empty() || (rest.size() > 1 && rest[0] == '_' && std::all_of(rest.begin() + 1, rest.end(), digit));
}

ImageHeader probe_image(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  if (static_cast<std::int64_t>(bytes.size()) > limits.image_bytes)
    throw DataError(
        {place, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(limits.image_bytes), ""});
  const ImageHeader header = read_header(bytes, place);
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

Image decode_image(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  const Image image = to_image(without_alpha(decode(bytes, place, limits)));
  return image.channels == 3 && is_grey(image) ? to_grey(image) : image;
}

Image read_image(const std::filesystem::path& path, const InputLimits& limits) {
  return decode_image(read_limited(path, limits), path.string(), limits);
}

Mask decode_mask(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  cv::Mat decoded = decode(bytes, place, limits);
  if (decoded.channels() == 2) cv::extractChannel(decoded, decoded, 0);
  const int colours = std::min(decoded.channels(), 3);
  const int all = decoded.channels();
  double largest = 0;
  cv::minMaxLoc(decoded.reshape(1), nullptr, &largest);
  // A four-channel mask's alpha is 255 everywhere: it must not decide the scale.
  if (all == 4) {
    cv::Mat colour;
    cv::cvtColor(decoded, colour, cv::COLOR_BGRA2BGR);
    cv::minMaxLoc(colour.reshape(1), nullptr, &largest);
  }
  const int threshold = largest == 1 ? 1 : 128;
  Mask mask = make_mask(decoded.rows, decoded.cols);
  for (int row = 0; row < decoded.rows; ++row) {
    const auto* pixel = decoded.ptr<std::uint8_t>(row);
    for (int column = 0; column < decoded.cols; ++column, pixel += all)
      mask.at(row, column) = *std::max_element(pixel, pixel + colours) >= threshold ? 1 : 0;
  }
  return mask;
}

Mask read_mask(const std::filesystem::path& path, const InputLimits& limits) {
  return decode_mask(read_limited(path, limits), path.string(), limits);
}

std::string encode_png(const Image& image, PngMark mark) { return with_mark(encode(bgr(image), ".png", {}), mark); }

std::string encode_png(const Mask& mask, PngMark is) { return with_mark(encode(view(mask) * 255, ".png", {}), is); }

std::string encode_png(const ProbabilityMap& map, PngMark mark) {
  cv::Mat grey;
  view(map).convertTo(grey, CV_8U, 255);
  return with_mark(encode(grey, ".png", {}), mark);
}

std::string encode_jpeg(const Image& image, int quality) {
  return encode(bgr(image), ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

void write_png(const std::filesystem::path& path, const Image& image, PngMark mark) {
  write_file_atomically(path, encode_png(image, mark));
}

void write_png(const std::filesystem::path& path, const Mask& mask, PngMark is) {
  write_file_atomically(path, encode_png(mask, is));
}

}  // namespace lanet
