#include "image/codec.hpp"

#include <algorithm>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.hpp"
#include "core/file.hpp"
#include "image/geometry.hpp"
#include "image/opencv.hpp"
#include "image/raw_picture.hpp"

namespace lanet {
namespace {

/// 8 bits: 16 are scaled, all others refused, for nobody can say what they mean as brightness.
cv::Mat decode(std::string_view bytes, const std::string& place, const InputLimits& limits, std::int64_t page) {
  cv::Mat decoded = decode_raw(bytes, place, limits, page).pixels;
  if (decoded.depth() == CV_16U)
    decoded.convertTo(decoded, CV_8U, 1.0 / 257);
  else if (decoded.depth() != CV_8U)
    throw DataError({place, "pixels that are not whole numbers of 8 or 16 bits (32-bit or floating point)",
                     kAcceptedPictures, "save it as PNG or TIFF with 8 or 16 bits"});
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

Image decode_image(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  return decode_page(bytes, place, 0, limits);
}

Image decode_page(std::string_view bytes, const std::string& place, std::int64_t page, const InputLimits& limits) {
  const Image image = to_image(without_alpha(decode(bytes, place, limits, page)));
  return image.channels == 3 && is_grey(image) ? to_grey(image) : image;
}

Image read_image(const std::filesystem::path& path, const InputLimits& limits) {
  return decode_image(read_limited(path, limits), path.string(), limits);
}

std::int64_t page_count(const std::filesystem::path& path, const InputLimits& limits) {
  return probe_image(read_limited(path, limits), path.string(), limits).pages;
}

std::vector<Image> read_pages(const std::filesystem::path& path, const InputLimits& limits) {
  const std::string bytes = read_limited(path, limits);
  const std::int64_t pages = probe_image(bytes, path.string(), limits).pages;
  std::vector<Image> images;
  for (std::int64_t page = 0; page < pages; ++page) images.push_back(decode_page(bytes, path.string(), page, limits));
  return images;
}

Mask decode_mask(std::string_view bytes, const std::string& place, const InputLimits& limits) {
  return decode_mask_values(bytes, place, {}, limits).mask;
}

Mask read_mask(const std::filesystem::path& path, const InputLimits& limits) {
  return decode_mask(read_limited(path, limits), path.string(), limits);
}

MaskReading read_mask_values(const std::filesystem::path& path, std::span<const std::string> lesion_values,
                             const InputLimits& limits) {
  return decode_mask_values(read_limited(path, limits), path.string(), lesion_values, limits);
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
