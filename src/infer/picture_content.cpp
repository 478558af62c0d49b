#include "infer/picture_content.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

constexpr std::size_t kPictureStart = 16;
constexpr std::size_t kMostClasses = 8;       // grey levels or colours of a mask of several classes
constexpr double kShareOfCommonValues = 0.9;  // of the pixels; soft edges and noise of JPEG are the rest

struct Values {
  std::size_t distinct = 0;
  double share_of_common = 0;  // of the kMostClasses most frequent ones
};

Values values_of(const Image& image) {
  std::unordered_map<std::uint32_t, std::int64_t> counts;
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t place = 0; place + channels <= image.pixels.size(); place += channels) {
    std::uint32_t colour = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) colour = colour << 8 | image.pixels[place + channel];
    ++counts[colour];
  }
  std::vector<std::int64_t> sorted;
  for (const auto& [colour, count] : counts) sorted.push_back(count);
  std::sort(sorted.rbegin(), sorted.rend());
  const std::size_t common = std::min(kMostClasses, sorted.size());
  const auto pixels = static_cast<double>(std::max<std::int64_t>(1, image.height * image.width));
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(common);
  return {sorted.size(), static_cast<double>(std::accumulate(sorted.begin(), end, std::int64_t{0})) / pixels};
}

bool reads_as_mask(std::string_view bytes) {
  try {
    decode_mask(bytes, "");
    return true;
  } catch (const DataError&) {  // a scale of grey levels, or several classes
    return false;
  }
}

}  // namespace

bool begins_as_picture(std::string_view first_bytes) {
  using namespace std::string_view_literals;
  for (const std::string_view start :
       {"\x89PNG\r\n\x1a\n"sv, "\xFF\xD8\xFF"sv, "GIF87a"sv, "GIF89a"sv, "II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (first_bytes.starts_with(start)) return true;
  const bool reserved_are_zero = first_bytes.size() >= 10 && first_bytes.substr(6, 4) == "\0\0\0\0"sv;
  return (first_bytes.starts_with("BM") && reserved_are_zero) ||
         (first_bytes.starts_with("RIFF") && first_bytes.size() >= 12 && first_bytes.substr(8, 4) == "WEBP");
}

bool has_no_kind(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  return extension.find_first_not_of("0123456789", 1) == std::string::npos || extension.empty();
}

bool has_dicom_extension(const std::filesystem::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return extension == ".dcm" || extension == ".dicom";
}

bool is_unnamed_picture_file(const std::filesystem::path& file) {
  if (!has_no_kind(file)) return false;
  std::ifstream stream(file, std::ios::binary);
  std::string start(kPictureStart, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  return begins_as_picture(start);
}

bool holds_a_mask(std::string_view bytes) {
  try {
    const Values values = values_of(decode_image(bytes, ""));
    if (values.share_of_common < kShareOfCommonValues) return false;
    return values.distinct <= kMostClasses || reads_as_mask(bytes);
  } catch (const DataError&) {
    return true;
  }
}

bool holds_a_mask_file(const std::filesystem::path& file) {
  try {
    return holds_a_mask(read_file(file, static_cast<std::uint64_t>(input_limits().image_bytes)));
  } catch (const Error&) {
    return true;
  }
}

}  // namespace lanet
