#include "image/mask_reading.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/opencv.hpp"
#include "image/raw_picture.hpp"

namespace lanet {
namespace {

constexpr int kEdge = 2;                     // px on either side of a mask's edge that may hold values in between
constexpr int kColourEdge = 1;               // the same between colours of a file without loss
constexpr std::size_t kFewLevels = 8;        // more grey levels than these are a scale, not numbers of classes
constexpr double kEndShare = 0.25;           // of the range: a level so near to an end of a scale belongs to it
constexpr double kStraySharePixels = 0.01;   // of the lesion; further pixels between the two levels are no second class
constexpr int kStrayPixels = 16;             // the same for small lesions
constexpr double kNoiseRange = 32;           // of 255: a JPEG of a smaller range shows one value
constexpr std::size_t kMostLevels = 65'536;  // a map of probabilities has more
constexpr std::size_t kMostListed = 6;       // values that a message lists

using Form = MaskReading::Form;

const std::array<const char*, 8> kColours = {"black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"};

std::string listed(const std::vector<std::string>& values) {
  std::string text;
  const std::size_t shown = std::min(values.size(), kMostListed);
  for (std::size_t index = 0; index < shown; ++index) {
    const bool last = index + 1 == values.size();
    text += (index == 0 ? "" : last ? " and " : ", ") + values[index];
  }
  return values.size() > shown ? text + " ... (" + std::to_string(values.size()) + " values)" : text;
}

std::string plural(const char* noun, std::size_t count, const std::string& list) {
  return std::string(noun) + (count == 1 ? " " : "s ") + list;
}

bool all_grey(const cv::Mat& colour) {
  std::vector<cv::Mat> channels;
  cv::split(colour, channels);
  return cv::norm(channels[0], channels[1], cv::NORM_INF) == 0 && cv::norm(channels[0], channels[2], cv::NORM_INF) == 0;
}

double full_scale(const cv::Mat& pixels) {
  return pixels.depth() == CV_8U ? 255 : pixels.depth() == CV_16U ? 65535 : 1;
}

/// Whether pixels that are neither at the one level nor at the other lie anywhere else than along the edge.
bool stray(const cv::Mat& between, const cv::Mat& inside, int edge) {
  const int candidates = cv::countNonZero(between);
  if (candidates == 0) return false;
  const cv::Mat square = cv::Mat::ones(2 * edge + 1, 2 * edge + 1, CV_8U);
  cv::Mat wide, narrow;
  cv::dilate(inside, wide, square);
  cv::erode(inside, narrow, square);
  cv::Mat elsewhere;
  cv::bitwise_and(between, ~(wide & ~narrow), elsewhere);
  const double allowed = std::max<double>(kStrayPixels, kStraySharePixels * cv::countNonZero(inside));
  return cv::countNonZero(elsewhere) > allowed;
}

/// Distinct values of a grey picture, rising, with how often each occurs. Throws DataError for more than any mask has.
std::map<float, std::int64_t> count_levels(const cv::Mat& grey, const std::string& place) {
  std::map<float, std::int64_t> levels;
  if (grey.depth() == CV_8U || grey.depth() == CV_16U) {
    std::vector<std::int64_t> counts(grey.depth() == CV_8U ? 256 : 65536);
    for (int row = 0; row < grey.rows; ++row)
      for (int column = 0; column < grey.cols; ++column)
        ++counts[grey.depth() == CV_8U ? grey.at<std::uint8_t>(row, column) : grey.at<std::uint16_t>(row, column)];
    for (std::size_t value = 0; value < counts.size(); ++value)
      if (counts[value] > 0) levels[static_cast<float>(value)] = counts[value];
    return levels;
  }
  cv::Mat floats;
  grey.convertTo(floats, CV_32F);
  for (int row = 0; row < floats.rows; ++row)
    for (int column = 0; column < floats.cols; ++column) {
      const float value = floats.at<float>(row, column);
      if (!std::isfinite(value))
        throw DataError({place, "a mask with values that are no numbers", "finite values", "save it as 8-bit PNG"});
      ++levels[value];
      if (levels.size() > kMostLevels)
        throw DataError({place, "a mask with more than " + std::to_string(kMostLevels) + " values",
                         "two values, one of them the lesion's", "save it as 8-bit PNG of two values"});
    }
  return levels;
}

std::string level_text(float level) {
  const double rounded = std::round(static_cast<double>(level));
  return static_cast<float>(rounded) == level && std::abs(rounded) < 1e9 ? std::to_string(std::llround(level))
                                                                         : exact(static_cast<double>(level));
}

/// Everything about one mask picture while it is read.
class MaskReader {
 public:
  MaskReader(const RawPicture& picture, const std::string& place, std::span<const std::string> lesion_values)
      : lossy_(picture.lossy()), place_(place), wanted_(lesion_values.begin(), lesion_values.end()) {
    cv::Mat pixels = picture.pixels;
    if (pixels.channels() == 2 || pixels.channels() == 4) pixels = take_alpha(pixels);
    if (pixels.channels() == 3 && all_grey(pixels)) cv::extractChannel(pixels, pixels, 0);
    pixels_ = pixels;
  }

  MaskReading read() {
    if (alpha_varies_ && wanted_.empty() && opaque_is_one_colour()) return by_alpha();
    if (alpha_varies_) pixels_.setTo(cv::Scalar::all(0), ~opaque_);
    if (pixels_.channels() == 3) return by_colours();
    return by_levels();
  }

 private:
  cv::Mat pixels_;  // grey, or BGR with colours in it
  cv::Mat opaque_;  // 255 / 0
  bool alpha_varies_ = false;
  bool lossy_;
  const std::string& place_;
  std::vector<std::string> wanted_;

  cv::Mat take_alpha(const cv::Mat& pixels) {
    cv::Mat alpha, rest;
    cv::extractChannel(pixels, alpha, pixels.channels() - 1);
    double low = 0, high = 0;
    cv::minMaxLoc(alpha, &low, &high);
    const double middle = full_scale(alpha) / 2;
    alpha_varies_ = low < middle && high > middle;
    opaque_ = alpha > middle;
    if (pixels.channels() == 2)
      cv::extractChannel(pixels, rest, 0);
    else
      cv::cvtColor(pixels, rest, cv::COLOR_BGRA2BGR);
    return rest.clone();
  }

  bool opaque_is_one_colour() const {
    std::vector<cv::Mat> channels;
    cv::split(pixels_, channels);
    return std::all_of(channels.begin(), channels.end(), [&](const cv::Mat& channel) {
      double low = 0, high = 0;
      cv::minMaxLoc(channel, &low, &high, nullptr, nullptr, opaque_);
      return low == high;
    });
  }

  MaskReading by_alpha() {
    MaskReading reading = made_of(opaque_);
    reading.values = "transparent and opaque";
    reading.lesion = "opaque";
    reading.usual = false;
    return reading;
  }

  static MaskReading made_of(const cv::Mat& inside) {
    MaskReading reading;
    reading.mask = make_mask(inside.rows, inside.cols);
    cv::Mat target = view(reading.mask);
    cv::Mat ones;
    cv::min(inside, 1, ones);
    ones.copyTo(target);
    const int count = cv::countNonZero(inside);
    const int border = cv::countNonZero(inside.row(0)) + cv::countNonZero(inside.row(inside.rows - 1)) +
                       cv::countNonZero(inside.col(0)) + cv::countNonZero(inside.col(inside.cols - 1));
    constexpr double kBorderShare = 0.9, kAreaShare = 0.5;
    if (count == 0)
      reading.form = Form::kEmpty;
    else if (count == inside.rows * inside.cols)
      reading.form = Form::kFull;
    else if (count > kAreaShare * inside.rows * inside.cols && border > kBorderShare * 2 * (inside.rows + inside.cols))
      reading.form = Form::kInverted;
    return reading;
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw DataError({place_, "a mask with the " + found, "two values, one of them the lesion's",
                     "say which of them are lesions by --mask-values"});
  }

  MaskReading by_levels() {
    const auto levels = count_levels(pixels_, place_);
    std::vector<std::string> names;
    for (const auto& level : levels) names.push_back(level_text(level.first));
    const float low = levels.begin()->first, high = levels.rbegin()->first;
    const double scale = full_scale(pixels_);
    MaskReading reading;
    if (!wanted_.empty()) {
      reading = wanted_levels(levels);
    } else if (levels.size() == 1 || (lossy_ && high - low < kNoiseRange)) {
      const bool nothing = lossy_ ? high < scale / 2 : high == 0;
      reading = made_of(cv::Mat(pixels_.size(), CV_8U, cv::Scalar(nothing ? 0 : 255)));
      reading.lesion = nothing ? "" : names.back();
    } else if (levels.size() == 2) {
      const bool upper =
          low == 0 || (low < scale / 4 && high > scale * 3 / 4) || levels.rbegin()->second <= levels.begin()->second;
      reading = made_of(upper ? cv::Mat(pixels_ == high) : cv::Mat(pixels_ == low));
      reading.lesion = upper ? names.back() : names.front();
      reading.usual = low == 0 && (high == 1 || high == scale);
    } else {
      reading = two_levels(levels, names, scale);
    }
    reading.values = lossy_ && names.size() > 2 ? names.front() + " to " + names.back() : listed(names);
    return reading;
  }

  /// A scale whose pixels lie at its two ends, but for the edge.
  MaskReading two_levels(const std::map<float, std::int64_t>& levels, const std::vector<std::string>& names,
                         double scale) const {
    const float low = levels.begin()->first, high = levels.rbegin()->first;
    const bool whole_scale = low < scale / 4 && high >= scale * 3 / 4 && scale > 1;
    const double threshold = whole_scale ? std::ceil(scale / 2) : (static_cast<double>(low) + high) / 2;
    const cv::Mat inside = pixels_ >= threshold;
    const double end = levels.size() <= kFewLevels && !lossy_ ? 0 : kEndShare * (high - low);
    const cv::Mat between = (pixels_ > low + end) & (pixels_ < high - end);
    if (stray(between, inside, kEdge)) refuse(plural("value", names.size(), listed(names)));
    MaskReading reading = made_of(inside);
    reading.lesion = level_text(static_cast<float>(threshold)) + " and more";
    reading.usual = whole_scale;
    return reading;
  }

  MaskReading wanted_levels(const std::map<float, std::int64_t>& levels) const {
    cv::Mat inside(pixels_.size(), CV_8U, cv::Scalar(0));
    std::vector<std::string> taken;
    const float tolerance = lossy_ ? static_cast<float>(kNoiseRange / 2) : 0;
    for (const auto& level : levels)
      if (std::any_of(wanted_.begin(), wanted_.end(), [&](const std::string& value) {
            char* end = nullptr;
            const float number = std::strtof(value.c_str(), &end);
            return end != value.c_str() && *end == '\0' && std::abs(number - level.first) <= tolerance;
          })) {
        inside |= pixels_ == level.first;
        taken.push_back(level_text(level.first));
      }
    MaskReading reading = explained(made_of(inside), taken);
    return reading;
  }

  /// A reading that was asked for is what was asked for: nothing about it is doubted but that it is empty.
  static MaskReading explained(MaskReading reading, const std::vector<std::string>& taken) {
    if (reading.form != Form::kEmpty) reading.form = Form::kLesion;
    reading.lesion = listed(taken);
    return reading;
  }

  /// One of kColours a pixel: bits blue 1, green 2, red 4 where the channel is bright.
  cv::Mat colour_numbers() const {
    std::vector<cv::Mat> channels;
    cv::split(pixels_, channels);
    double high = 0;
    for (const cv::Mat& channel : channels) {
      double most = 0;
      cv::minMaxLoc(channel, nullptr, &most);
      high = std::max(high, most);
    }
    const double scale = full_scale(pixels_);
    const double bright = high >= scale / 2 ? std::ceil(scale / 2) : high / 2;
    return ((channels[0] >= bright) & 1) | ((channels[1] >= bright) & 2) | ((channels[2] >= bright) & 4);
  }

  MaskReading by_colours() const {
    const cv::Mat numbers = colour_numbers();
    std::array<int, 8> counts{};
    std::vector<int> present;
    std::vector<std::string> names;
    for (int colour = 0; colour < 8; ++colour) {
      counts[static_cast<std::size_t>(colour)] = cv::countNonZero(numbers == colour);
      if (counts[static_cast<std::size_t>(colour)] == 0) continue;
      present.push_back(colour);
      names.emplace_back(kColours[static_cast<std::size_t>(colour)]);
    }
    const auto count = [&](int colour) { return counts[static_cast<std::size_t>(colour)]; };
    cv::Mat inside(numbers.size(), CV_8U, cv::Scalar(0));
    std::vector<std::string> taken;
    const auto take = [&](int colour) {
      inside |= numbers == colour;
      taken.emplace_back(kColours[static_cast<std::size_t>(colour)]);
    };
    MaskReading reading;
    if (!wanted_.empty()) {
      for (const int colour : present)
        if (std::find(wanted_.begin(), wanted_.end(), kColours[static_cast<std::size_t>(colour)]) != wanted_.end())
          take(colour);
      reading = explained(made_of(inside), taken);
    } else {
      std::vector<int> marked = present;
      std::erase(marked, 0);
      if (count(0) == 0 && present.size() == 2) {
        take(count(present[0]) < count(present[1]) ? present[0] : present[1]);
      } else {
        const int main = marked.empty() ? 0 : *std::max_element(marked.begin(), marked.end(), [&](int a, int b) {
          return count(a) < count(b);
        });
        if (marked.size() > 1 &&
            (count(0) == 0 || stray((numbers != 0) & (numbers != main), numbers == main, lossy_ ? kEdge : kColourEdge)))
          refuse(plural("colour", names.size(), listed(names)));
        for (const int colour : marked) take(colour);
      }
      reading = made_of(inside);
      reading.lesion = listed(taken);
    }
    reading.values = listed(names);
    reading.usual = false;
    return reading;
  }
};

}  // namespace

MaskReading decode_mask_values(std::string_view bytes, const std::string& place,
                               std::span<const std::string> lesion_values, const InputLimits& limits) {
  return MaskReader(decode_raw(bytes, place, limits), place, lesion_values).read();
}

std::vector<std::string> parse_mask_values(const std::string& text, const std::string& place) {
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::vector<std::string> values;
  for (const std::string& part : split_text(spaced, ' ')) {
    const std::string value = to_lower(trim(part));
    if (value.empty()) continue;
    const bool colour = std::find(kColours.begin(), kColours.end(), value) != kColours.end();
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (!colour && (*end != '\0' || !std::isfinite(number)))
      throw ConfigError({place, "'" + value + "'", "values of the masks (1,2) or colours (red,green)", ""});
    values.push_back(value);
  }
  return values;
}

}  // namespace lanet
